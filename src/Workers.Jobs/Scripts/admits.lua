#!lua
-- Purpose:    tells whether Redis admits anything new. It does nothing: Redis itself refuses it, as it would refuse submit.lua, when it is full
--             or a replica.
-- Guarantee:  writes nothing.
-- KEYS[1]:    the root of all keys.
-- ARGV:       none.
-- Reply:      ok
-- Events:     none.

return 'ok'
