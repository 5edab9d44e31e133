#!lua
-- Purpose:    stores how far an attempt is, its newest snapshot, or more of its log. Not an event: may be merged or dropped.
-- Guarantee:  only under the lease; the log keeps its last 64 KB.
-- KEYS[1]:    the root of all keys.
-- ARGV:       id, token, attempt; and one of: progress (JSON) | snapshot (bytes), mediaType, width, height | log (bytes)
-- Reply:      ok | lost
-- Events:     none; a hint.
-- @include args

local values = redis.call('HMGET', key_job(A.id), 'state', 'lease')
if A.log then
  -- The last lines of an attempt may come after its end: they still belong to it.
  if not values[1] then return 'lost' end
  local log = key_job_log(A.id, A.attempt)
  if redis.call('APPEND', log, A.log) > 98304 then redis.call('SET', log, redis.call('GETRANGE', log, -65536, -1)) end
  if values[1] ~= 'running' then redis.call('PEXPIRE', log, 86400000) end
  redis.call('PUBLISH', key_hint_job(), 'log ' .. A.id)
  return 'ok'
end
if values[1] ~= 'running' or values[2] ~= A.token then return 'lost' end
if A.progress then
  redis.call('HSET', key_job(A.id), 'progress', A.progress)
  redis.call('HINCRBY', key_job(A.id), 'version', 1)
  redis.call('PUBLISH', key_hint_job(), 'progress ' .. A.id)
else
  redis.call('HSET', key_job_snapshot(A.id), 'bytes', A.snapshot, 'mediaType', A.mediaType, 'width', A.width, 'height', A.height)
  redis.call('PUBLISH', key_hint_job(), 'snapshot ' .. A.id)
end
return 'ok'
