#!lua flags=allow-oom
-- Purpose:    the records of stored bytes.
-- Guarantee:  what a job references is never marked; what is marked is never referenced, until its bytes are gone and it is stored anew.
-- KEYS[1]:    the root of all keys.
-- ARGV:       do = register: hex, size, mediaType, name | expect, find, touch: hexes (space-separated) | list: offset, limit |
--             mark, unmark: hex | mark_unused: age (ms), limit | arriving: age (ms), limit | arrived: hexes
-- Reply:      register: new | known | being_deleted; mark: unknown | marked | in_use; unmark, arrived, expect: ok; mark_unused, arriving: hexes;
--             find, touch, list: for each known {hex, size, mediaType, name, references}
-- Events:     none.
-- @include args, clock, assets, links

local function record(hex)
  local values = redis.call('HMGET', key_asset(hex), 'size', 'mediaType', 'name', 'references', 'marked')
  if not values[1] or values[5] then return nil end
  return {hex, values[1], values[2], values[3], values[4]}
end

local function mark(hex)
  local values = redis.call('HMGET', key_asset(hex), 'size', 'references')
  if not values[1] then return 'unknown' end
  if tonumber(values[2] or 0) > 0 then return 'in_use' end
  redis.call('HSET', key_asset(hex), 'marked', now)
  return 'marked'
end

local function records(hexes, touch)
  local found = {}
  for _, hex in ipairs(hexes) do
    local known = record(hex)
    if known then
      found[#found + 1] = known
      if touch then asset_touch(hex) end
    end
  end
  return found
end

local verbs = {}

function verbs.register()
  local known = redis.call('HMGET', key_asset(A.hex), 'size', 'mediaType', 'name', 'marked')
  if known[4] then return 'being_deleted' end
  asset_touch(A.hex)
  if not known[1] then
    redis.call('HSET', key_asset(A.hex), 'size', A.size, 'mediaType', A.mediaType, 'name', A.name)
    return 'new'
  end
  -- The first name and type stay, because stored results hang on them; unless they told nothing.
  if A.name ~= '' and (known[2] == 'application/octet-stream' or (known[3] or '') == '') then
    redis.call('HSET', key_asset(A.hex), 'mediaType', A.mediaType, 'name', A.name)
  end
  return 'known'
end

local function listed()
  local hexes = {}
  for hex in each_hex(A.hexes) do hexes[#hexes + 1] = hex end
  return hexes
end

-- About to be stored, by somebody who may be gone before they are registered: mark_unused finds them all the same.
function verbs.expect()
  for _, hex in ipairs(listed()) do asset_touch(hex) end
  return 'ok'
end

function verbs.find() return records(listed(), false) end
function verbs.touch() return records(listed(), true) end
function verbs.list() return records(redis.call('ZREVRANGE', key_assets(), A.offset, A.offset + A.limit - 1), false) end
function verbs.mark() return mark(A.hex) end

local function forget_bytes(hex)
  redis.call('DEL', key_asset_bytes(hex))
  redis.call('ZREM', key_arriving(), hex)
end

-- The bytes of small outputs, which a job's end brought and which the blob store does not have yet.
function verbs.arriving()
  return redis.call('ZRANGEBYSCORE', key_arriving(), '-inf', now - A.age, 'LIMIT', 0, A.limit)
end

function verbs.arrived()
  for _, hex in ipairs(listed()) do forget_bytes(hex) end
  return 'ok'
end

function verbs.unmark()
  if redis.call('HEXISTS', key_asset(A.hex), 'marked') == 1 then
    redis.call('DEL', key_asset(A.hex))
    redis.call('ZREM', key_assets(), A.hex)
    forget_bytes(A.hex)
    links_forget('asset', A.hex)
  end
  return 'ok'
end

function verbs.mark_unused()
  local marked = {}
  for _, hex in ipairs(redis.call('ZRANGEBYSCORE', key_assets(), '-inf', now - A.age, 'LIMIT', 0, A.limit)) do
    local answer = mark(hex)
    if answer == 'marked' then
      marked[#marked + 1] = hex
    elseif answer == 'in_use' then
      -- Used by a job: look again when that age has passed once more.
      asset_touch(hex)
    else
      -- Expected and never registered: its bytes may be there.
      redis.call('HSET', key_asset(hex), 'marked', now)
      marked[#marked + 1] = hex
    end
  end
  return marked
end

return verbs[A['do']]()
