-- What files name: `links` of each (JSON: [{name, kind, path, missing}]), and the other way round by name. A subject is (asset, hex) or
-- (file, root:NAME/path).
local function links_forget(kind, id)
  local known = redis.call('GET', key_links(kind, id))
  if not known then return end
  for _, link in ipairs(cjson.decode(known)) do redis.call('ZREM', key_users(kind, link.name), id) end
  redis.call('ZREM', key_lacking(kind), id)
  redis.call('ZREM', key_linked(), kind .. ' ' .. id)
  redis.call('DEL', key_links(kind, id))
end

-- A stored result answers an inspection: its asset may have been deleted and stored anew since it was indexed. `indexed` is then gone with the record.
local function links_note_stored(result, hex)
  if redis.call('HSETNX', key_asset(hex), 'indexed', '1') == 1 then redis.call('ZADD', key_inspected(), now, 'result ' .. result .. ' ' .. hex) end
end
