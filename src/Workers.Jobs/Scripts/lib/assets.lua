-- Records of stored bytes. `references` counts the jobs and versions of templates that use them; `marked` means that their bytes are about to be deleted.
local function asset_touch(hex)
  redis.call('ZADD', key_assets(), now, hex)
end

-- Refers to an asset that must be there, once where `times` is not given.
local function asset_refer(hex, times)
  redis.call('HINCRBY', key_asset(hex), 'references', times or 1)
  asset_touch(hex)
end

local function asset_is_usable(hex)
  local values = redis.call('HMGET', key_asset(hex), 'size', 'marked')
  return values[1] and not values[2]
end

local function asset_release(hex)
  if redis.call('EXISTS', key_asset(hex)) == 1 then redis.call('HINCRBY', key_asset(hex), 'references', -1) end
end

-- Each hex of a space-separated list.
local function each_hex(list)
  return string.gmatch(list or '', '%S+')
end
