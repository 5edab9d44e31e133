#!lua flags=allow-oom
-- Purpose:    ends a job at a client's wish; a running one is asked to stop.
-- Guarantee:  harmless to repeat; a valid completion that came first wins.
-- KEYS[1]:    the root of all keys.
-- ARGV:       id, failure (JSON)
-- Reply:      unknown | canceled | stopping | over
-- Events:     canceled (at once where it isn't running).
-- @rows cancel, release, release_later
-- @include args, clock, job, events, queue, places, flight, finish

local job = load_job(A.id)
if not job then return 'unknown' end
local to, requested = next_state(job, 'cancel')
if not to then return 'over' end
if to == 'canceled' then
  finish(job, to, A.failure, '')
  return 'canceled'
end
if job.cancel ~= '1' then
  redis.call('HSET', key_job(A.id), 'cancel', requested and '1' or '', 'cancelFailure', A.failure)
  redis.call('HINCRBY', key_job(A.id), 'version', 1)
end
redis.call('PUBLISH', key_hint_cancel(), A.id)
return 'stopping'
