#!lua flags=allow-oom
-- Purpose:    takes away leases whose deadline is over: the only place that does.
-- Guarantee:  after a gap since the last tick (Redis paused, restarted, failed over, or nobody ticked) every lease is extended by one and
--             nobody is reaped in that tick, because the holders could not renew either.
-- KEYS[1]:    the root of all keys.
-- ARGV:       limit, lease (ms)
-- Reply:      how many were taken, -1 after a gap, or -2 at the very first tick, when leases are extended as well.
-- Events:     retrying | failed | canceled.
-- @rows fail, retry_later, requeue, release, release_later
-- @include args, clock, job, events, queue, places, flight, finish, superseding, attempt

local last = redis.call('GET', key_recovered())
redis.call('SET', key_recovered(), now)
if not last or now - last > A.lease / 2 then
  for _, id in ipairs(redis.call('ZRANGE', key_leases(), 0, -1)) do redis.call('ZADD', key_leases(), now + A.lease, id) end
  return last and -1 or -2
end
local taken = 0
for _, id in ipairs(redis.call('ZRANGEBYSCORE', key_leases(), '-inf', '(' .. now, 'LIMIT', 0, A.limit)) do
  local job = load_job(id)
  if job and job.state == 'running' then
    end_attempt(job, '{"kind":"node_lost","message":"Its node did not renew the lease in time.","retryable":true}', 'uncounted', false, 0)
    taken = taken + 1
  else
    redis.call('ZREM', key_leases(), id)
  end
end
return taken
