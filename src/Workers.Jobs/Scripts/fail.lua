#!lua flags=allow-oom
-- Purpose:    the attempt did not deliver: the job fails, is tried again after a back-off, or goes back to its place in the queue.
-- Guarantee:  only under the lease; a job whose cancel was requested ends canceled and is never queued again; limits: maxAttempts counted
--             attempts, two crashes in a row, 20 uncounted returns.
-- KEYS[1]:    the root of all keys.
-- ARGV:       id, token, failure (JSON), how (final|counted|uncounted), crash ('1' or ''), backOff (ms)
-- Reply:      accepted | repeated | lost
-- Events:     retrying | failed | canceled.
-- @rows fail, retry_later, requeue, release, release_later
-- @include args, clock, job, events, queue, places, flight, finish, superseding, attempt

local job = load_job(A.id, 'endedBy')
if not job then return 'lost' end
if job.endedBy == A.token then return 'repeated' end
if job.state ~= 'running' or job.lease ~= A.token then return 'lost' end
redis.call('HSET', key_job(A.id), 'endedBy', A.token)
end_attempt(job, A.failure, A.how, A.crash == '1', tonumber(A.backOff))
return 'accepted'
