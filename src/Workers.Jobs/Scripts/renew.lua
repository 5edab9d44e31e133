#!lua flags=allow-oom
-- Purpose:    extends the leases a node holds and tells which are lost and which are to be stopped.
-- Guarantee:  only the holder of the token extends; deadlines by Redis' clock.
-- KEYS[1]:    the root of all keys.
-- ARGV:       id, token, id, token …
-- Reply:      for each: held | lost | cancel
-- Events:     none.
-- @include clock

local replies = {}
for i = 1, #ARGV, 2 do
  local values = redis.call('HMGET', key_job(ARGV[i]), 'state', 'lease', 'cancel', 'leaseMs')
  if values[1] == 'running' and values[2] == ARGV[i + 1] then
    redis.call('ZADD', key_leases(), now + values[4], ARGV[i])
    replies[#replies + 1] = values[3] == '1' and 'cancel' or 'held'
  else
    replies[#replies + 1] = 'lost'
  end
end
return replies
