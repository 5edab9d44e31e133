#!lua flags=allow-oom
-- Purpose:    a node that starts again gives back what its former incarnation held, without waiting for the leases to end.
-- Guarantee:  touches only leases of this node and of another boot.
-- KEYS[1]:    the root of all keys.
-- ARGV:       node, boot
-- Reply:      how many were taken.
-- Events:     retrying | failed | canceled.
-- @rows fail, retry_later, requeue, release, release_later
-- @include args, clock, job, events, queue, places, flight, finish, superseding, attempt

local taken = 0
for _, id in ipairs(redis.call('ZRANGE', key_leases(), 0, -1)) do
  local job = load_job(id, 'node', 'boot')
  if job and job.state == 'running' and job.node == A.node and job.boot ~= A.boot then
    end_attempt(job, '{"kind":"node_lost","message":"Its node was restarted.","retryable":true}', 'uncounted', false, 0)
    taken = taken + 1
  end
end
return taken
