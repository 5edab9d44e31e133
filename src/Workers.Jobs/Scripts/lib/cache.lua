-- Stored results. An entry keeps what a job delivered under the key of everything that decides the result; it refers to its bytes and lives on after
-- the job. A flight is the one job that is making a result: whoever asks the same meanwhile waits for it.

-- What workers are told of the inputs besides their bytes: part of what an entry is good for.
local function input_names(assets)
  local names = {}
  for hex in each_hex(assets) do
    local values = redis.call('HMGET', key_asset(hex), 'name', 'mediaType')
    names[#names + 1] = hex .. '\n' .. (values[1] or '') .. '\n' .. (values[2] or '')
  end
  return #names == 0 and '' or redis.sha1hex(table.concat(names, '\n'))
end

-- The order of use is kept to the minute: a hit is to cost no write.
local function cache_touch(key)
  local used = redis.call('ZSCORE', key_cache_used(), key)
  if not used or now - used > 60000 then redis.call('ZADD', key_cache_used(), now, key) end
end

local function cache_release(key)
  local entry = redis.call('HMGET', key_cache(key), 'outputs', 'bytes', 'record')
  if entry[1] then
    for hex in each_hex(entry[1]) do asset_release(hex) end
    -- Not -entry[2]: Lua's -0 is no integer to Redis, and a result without a file has 0 bytes.
    redis.call('HINCRBY', key_cache_totals(), 'bytes', 0 - entry[2])
    redis.call('HINCRBY', key_cache_totals(), 'record', 0 - entry[3])
    redis.call('UNLINK', key_cache(key))
  end
end

local function cache_forget(key)
  cache_release(key)
  redis.call('ZREM', key_cache_used(), key)
end

-- `outputs`: hexes, to which the caller has referred for the entry; `bytes`: of all of them; `reads`: JSON, the files that the result depends on with
-- their digests.
local function cache_store(key, job, names, result, reads, outputs, bytes)
  cache_release(key)
  local record = #result + #reads + 500
  redis.call('HSET', key_cache(key), 'job', job, 'names', names, 'result', result, 'reads', reads, 'outputs', table.concat(outputs, ' '),
    'bytes', bytes, 'record', record, 'stored', now)
  redis.call('HINCRBY', key_cache_totals(), 'bytes', bytes)
  redis.call('HINCRBY', key_cache_totals(), 'record', record)
  redis.call('ZADD', key_cache_used(), now, key)
end
