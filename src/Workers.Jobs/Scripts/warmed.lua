#!lua
-- Purpose:    tells what became of opening a template's file: that it is open, or why not.
-- Guarantee:  harmless to repeat; nothing is kept of a template that wants no file kept open (any more).
-- KEYS[1]:    the root of all keys.
-- ARGV:       template, worker, message ('' where it is open)
-- Reply:      ok
-- Events:     none.
-- @include args, clock

if A.message == '' or redis.call('HEXISTS', key_warm(), A.template) == 0 then
  redis.call('HDEL', key_warm_failed(), A.template)
else
  redis.call('HSET', key_warm_failed(), A.template, string.format('%.0f %s %s', now, A.worker, A.message))
end
if A.message ~= '' then redis.call('ZREM', key_warm_held(A.template), A.worker) end
return 'ok'
