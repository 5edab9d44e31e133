#!lua flags=allow-oom
-- Purpose:    forgets a template, or one of its older versions, and releases their assets.
-- Guarantee:  harmless to repeat; the number of the newest version is remembered, so that a template of that name later goes on counting.
-- KEYS[1]:    the root of all keys.
-- ARGV:       name, number ('' for all), match (tags, '*' or ''), remember (ms: how long the number is)
-- Reply:      deleted | unknown | newest (it is not deleted alone) | failed (the tag is another)
-- Events:     none; a hint.
-- @include args, clock, assets, templates

local template = template_load(A.name)
if template.tag == '' then return 'unknown' end
if not template_fits(template, A.match, '') then return 'failed' end
if A.number == tostring(template.latest) then return 'newest' end
local left, found = {}, A.number == ''
for _, number in ipairs(template.versions) do
  if A.number == '' or number == A.number then
    template_forget(template, number)
    found = true
  else
    left[#left + 1] = number
  end
end
if not found then return 'unknown' end
redis.call('HSET', template.key, 'versions', table.concat(left, ' '))
if A.number == '' then
  redis.call('ZREM', key_templates(), A.name)
  redis.call('PEXPIRE', template.key, A.remember)
  template_warm(template, '')
end
template_changed(template)
return 'deleted'
