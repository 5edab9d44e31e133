#!lua flags=allow-oom
-- Purpose:    stores what an operator wants of a node, worker or engine.
-- Guarantee:  desired state, not a message: a node that reads later sees it all the same.
-- KEYS[1]:    the root of all keys.
-- ARGV:       subject, desired ('' takes it back)
-- Reply:      ok
-- Events:     none; a hint.
-- @include args

if A.desired == '' then
  redis.call('HDEL', key_desired(), A.subject)
else
  redis.call('HSET', key_desired(), A.subject, A.desired)
end
redis.call('PUBLISH', key_hint_desired(), A.subject)
return 'ok'
