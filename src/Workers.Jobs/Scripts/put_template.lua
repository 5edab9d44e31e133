#!lua
-- Purpose:    stores a template's newest version.
-- Guarantee:  of several that name the same tag in If-Match one is stored; the same definition again stores nothing; its assets are there and
--             referenced for as long as the version is kept.
-- KEYS[1]:    the root of all keys.
-- ARGV:       name, definition (JSON), hash (16 hex digits of it), client, assets (space-separated hex), match, noneMatch (tags, '*' or ''),
--             warm ("COUNT ENGINE FILE\nINPUT": a file to keep open, or ''), keep (versions), most (templates), dry ('1': says what it would do, or '')
-- Reply:      {created|changed|same, number, tag} | {failed, latest, tag} | {unknown_asset, hex} | {full, how many there are}
-- Events:     none; a hint.
-- @include args, clock, assets, templates

local template = template_load(A.name)
if not template_fits(template, A.match, A.noneMatch) then return {'failed', template.latest, template.tag} end
local exists = template.tag ~= ''
if exists and template.tag == template.latest .. '-' .. A.hash then return {'same', template.latest, template.tag} end
local count = redis.call('ZCARD', key_templates())
if not exists and count >= tonumber(A.most) then return {'full', count} end
for hex in each_hex(A.assets) do
  if not asset_is_usable(hex) then return {'unknown_asset', hex} end
end

local number = template.latest + 1
local tag = number .. '-' .. A.hash
local code = exists and 'changed' or 'created'
if A.dry ~= '' then return {code, number, tag} end
for hex in each_hex(A.assets) do asset_refer(hex) end
template.versions[#template.versions + 1] = number
while #template.versions > tonumber(A.keep) do template_forget(template, table.remove(template.versions, 1)) end
redis.call('HSET', template.key, 'latest', number, 'versions', table.concat(template.versions, ' '), 'definition:' .. number, A.definition,
  'tag:' .. number, tag, 'created:' .. number, now, 'client:' .. number, A.client, 'assets:' .. number, A.assets)
redis.call('PERSIST', template.key)
redis.call('ZADD', key_templates(), 0, A.name)
template_warm(template, A.warm)
template_changed(template)
return {code, number, tag}
