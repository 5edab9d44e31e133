#!lua flags=no-writes
-- Purpose:    on which workers a template's file is open, or being opened.
-- Guarantee:  reads only; what no node has said for ten seconds does not count.
-- KEYS[1]:    the root of all keys.
-- ARGV:       template
-- Reply:      {count it wants, "MS WORKER MESSAGE" of what failed last or '', worker …}
-- Events:     none.
-- @include args, clock

local want = string.match(redis.call('HGET', key_warm(), A.template) or '', '^%d+')
local reply = {tonumber(want or 0), redis.call('HGET', key_warm_failed(), A.template) or ''}
for _, worker in ipairs(redis.call('ZRANGEBYSCORE', key_warm_held(A.template), now - 10000, '+inf')) do reply[#reply + 1] = worker end
return reply
