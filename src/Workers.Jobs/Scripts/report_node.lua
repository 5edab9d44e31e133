#!lua flags=allow-oom
-- Purpose:    a node's heartbeat: its newest report and when it came, and which engines it serves.
-- Guarantee:  nodes silent for `forget` ms are forgotten, so that the registry stays bounded.
-- KEYS[1]:    the root of all keys.
-- ARGV:       id, report (JSON), forget (ms), labels (newline-separated name=value), serving, not_serving (newline-separated engines)
-- Reply:      ok
-- Events:     none.
-- @include args, clock

redis.call('HSET', key_nodes(), A.id, A.report)
redis.call('ZADD', key_nodes_seen(), now, A.id)
for _, id in ipairs(redis.call('ZRANGEBYSCORE', key_nodes_seen(), '-inf', now - A.forget)) do
  redis.call('HDEL', key_nodes(), id)
  redis.call('ZREM', key_nodes_seen(), id)
end
local member = A.id .. '\n' .. A.labels
for engine in string.gmatch(A.serving, '[^\n]+') do
  redis.call('ZADD', key_serving(engine), now, member)
  redis.call('ZREMRANGEBYSCORE', key_serving(engine), '-inf', now - A.forget)
end
for engine in string.gmatch(A.not_serving, '[^\n]+') do redis.call('ZREM', key_serving(engine), member) end
return 'ok'
