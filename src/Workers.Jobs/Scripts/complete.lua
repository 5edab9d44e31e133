#!lua flags=allow-oom
-- Purpose:    the attempt delivered: its artifacts are registered and referenced, the job ends.
-- Guarantee:  only under the lease; exactly one success; the events stand with the state, and so does the stored result of a job with a cache key.
-- KEYS[1]:    the root of all keys.
-- ARGV:       id, token, result (JSON), outputs (JSON: [{hex, size, mediaType, name}]),
--             bytes:HEX (optional, for each output that is not in the blob store yet),
--             build (of the engine that ran it), reads (JSON: files that the result depends on, with their digests), unkept (why the result must
--             not be stored for others, or ''): these three for a job that carries a cache key,
--             process (optional: the caller's, where it tells the requests that wait there by itself)
-- Reply:      {accepted, ended (ms), version, priority, unkept (why the result is not stored, or '')} | {accepted} (it ended canceled)
--             | {repeated} | {lost} | {being_deleted} (an artifact's bytes are just being deleted: store them again, then repeat)
-- Events:     artifact for each output, succeeded (or canceled, where a cancel was requested first).
-- @rows complete, release, release_later
-- @include args, clock, job, events, queue, places, flight, finish, superseding, attempt, assets, cache

local job = load_job(A.id, 'endedBy', 'started', 'function', 'cache', 'build', 'names')
if not job then return {'lost'} end
if job.endedBy == A.token then return {'repeated'} end
if job.state ~= 'running' or job.lease ~= A.token then return {'lost'} end
local to = next_state(job, 'complete')

-- May the result answer others, too? '' says so.
local function unkept()
  return A.unkept and A.build == job.build and A.unkept or 'another build of the engine ran it'
end

-- Registers what is new among the outputs and refers to each as many times. Returns their hexes and the sum of their sizes.
local function deliver(outputs, known, references)
  local hexes, bytes = {}, 0
  for _, output in ipairs(outputs) do
    if not known[output.hex] then
      redis.call('HSET', key_asset(output.hex), 'size', output.size, 'mediaType', output.mediaType, 'name', output.name)
      known[output.hex] = true
    end
    local content = A['bytes:' .. output.hex]
    if content then
      redis.call('SET', key_asset_bytes(output.hex), content)
      redis.call('ZADD', key_arriving(), now, output.hex)
    end
    asset_refer(output.hex, references)
    hexes[#hexes + 1] = output.hex
    bytes = bytes + output.size
    emit(job, 'artifact', '"name":' .. cjson.encode(output.name) .. ',"asset":"sha256:' .. output.hex .. '","mediaType":' ..
      cjson.encode(output.mediaType) .. ',"size":' .. output.size, '')
  end
  return hexes, bytes
end

local why
local fields = {'endedBy', A.token}
local function also(...)
  for _, part in ipairs({...}) do fields[#fields + 1] = part end
end
if to == 'succeeded' then
  local outputs, known = cjson.decode(A.outputs), {}
  for _, output in ipairs(outputs) do
    local asset = redis.call('HMGET', key_asset(output.hex), 'size', 'marked')
    if asset[2] then return {'being_deleted'} end
    known[output.hex] = asset[1]
  end
  why = job.cache and unkept()
  local hexes, bytes = deliver(outputs, known, why == '' and 2 or 1)
  also('result', A.result, 'outputs', table.concat(hexes, ' '))
  if job['function'] == 'inspect' then redis.call('ZADD', key_inspected(), now, A.id) end
  if why == '' then cache_store(job.cache, A.id, job.names, A.result, A.reads, hexes, bytes) end
  if why then also('unkept', why, 'reads', A.reads or '') end
  local times = key_run_times(job.engine)
  if redis.call('LPUSH', times, now - job.started) > 64 then redis.call('LTRIM', times, 0, 31) end
end
also(close_attempt(job, nil))
finish(job, to, nil, '"engine":' .. cjson.encode(job.engine) .. ',"runSeconds":' .. (now - job.started) / 1000, unpack(fields))
return to == 'succeeded' and {'accepted', now, job.version, job.priority, why or ''} or {'accepted'}
