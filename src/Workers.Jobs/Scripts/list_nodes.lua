#!lua flags=no-writes
-- Purpose:    the newest report of every node.
-- Guarantee:  reads only; silence is measured by Redis' clock alone.
-- KEYS[1]:    the root of all keys.
-- ARGV:       none.
-- Reply:      for each node: report (JSON), when it came (ms), ms since then
-- Events:     none.
-- @include clock

local reply = {}
local seen = redis.call('ZRANGE', key_nodes_seen(), 0, -1, 'WITHSCORES')
for i = 1, #seen, 2 do
  local report = redis.call('HGET', key_nodes(), seen[i])
  if report then reply[#reply + 1] = {report, tonumber(seen[i + 1]), now - seen[i + 1]} end
end
return reply
