#!lua flags=allow-oom
-- Purpose:    forgets stored results, least recently used first: those unused for too long, and as many as are above the limits.
-- Guarantee:  references to their bytes are released exactly once; the bytes themselves are the janitor's.
-- KEYS[1]:    the root of all keys.
-- ARGV:       bytes, record (limits: bytes of all outputs, bytes in Redis), age (ms), limit (entries looked at)
-- Reply:      how many were forgotten.
-- Events:     none.
-- @include args, clock, assets, cache

local forgotten = 0
local entries = redis.call('ZRANGE', key_cache_used(), 0, A.limit - 1, 'WITHSCORES')
for i = 1, #entries, 2 do
  local totals = redis.call('HMGET', key_cache_totals(), 'bytes', 'record')
  local above = tonumber(totals[1] or 0) > tonumber(A.bytes) or tonumber(totals[2] or 0) > tonumber(A.record)
  if not above and now - entries[i + 1] <= tonumber(A.age) then break end
  cache_forget(entries[i])
  forgotten = forgotten + 1
end
return forgotten
