#!lua flags=allow-oom
-- Purpose:    the attempt delivered: its artifacts are registered and referenced, the job ends.
-- Guarantee:  only under the lease; exactly one success; the events stand with the state, and so does the stored result of a job with a cache key.
-- KEYS[1]:    the root of all keys.
-- ARGV:       id, token, result (JSON), outputs (JSON: [{hex, size, mediaType, name}]),
--             bytes:HEX (optional, for each output that is not in the blob store yet),
--             build (of the engine that ran it), reads (JSON: files that the result depends on, with their digests), unkept (why the result must
--             not be stored for others, or ''): these three for a job that carries a cache key
-- Reply:      accepted | repeated | lost | being_deleted (an artifact's bytes are just being deleted: store them again, then repeat)
-- Events:     artifact for each output, succeeded (or canceled, where a cancel was requested first).
-- @rows complete, release, release_later
-- @include args, clock, job, events, queue, places, flight, finish, superseding, attempt, assets, cache

local job = load_job(A.id, 'endedBy', 'started', 'cache', 'build', 'names')
if not job then return 'lost' end
if job.endedBy == A.token then return 'repeated' end
if job.state ~= 'running' or job.lease ~= A.token then return 'lost' end
local to = next_state(job, 'complete')

local outputs = cjson.decode(A.outputs)
if to == 'succeeded' then
  for _, output in ipairs(outputs) do
    if redis.call('HEXISTS', key_asset(output.hex), 'marked') == 1 then return 'being_deleted' end
  end
  local hexes, bytes = {}, 0
  for _, output in ipairs(outputs) do
    redis.call('HSETNX', key_asset(output.hex), 'size', output.size)
    redis.call('HSETNX', key_asset(output.hex), 'mediaType', output.mediaType)
    redis.call('HSETNX', key_asset(output.hex), 'name', output.name)
    local content = A['bytes:' .. output.hex]
    if content then
      redis.call('SET', key_asset_bytes(output.hex), content)
      redis.call('ZADD', key_arriving(), now, output.hex)
    end
    asset_refer(output.hex)
    hexes[#hexes + 1] = output.hex
    bytes = bytes + output.size
    emit(job, 'artifact', '"name":' .. cjson.encode(output.name) .. ',"asset":"sha256:' .. output.hex .. '","mediaType":' ..
      cjson.encode(output.mediaType) .. ',"size":' .. output.size, '')
  end
  redis.call('HSET', key_job(A.id), 'result', A.result, 'outputs', table.concat(hexes, ' '))
  if redis.call('HGET', key_job(A.id), 'function') == 'inspect' then redis.call('ZADD', key_inspected(), now, A.id) end
  if job.cache then
    local unkept = A.unkept
    if not unkept or A.build ~= job.build then unkept = 'another build of the engine ran it' end
    if unkept == '' then cache_store(job.cache, A.id, job.names, A.result, A.reads, hexes, bytes) end
    redis.call('HSET', key_job(A.id), 'unkept', unkept, 'reads', A.reads or '')
  end
  local times = key_run_times(job.engine)
  redis.call('LPUSH', times, now - job.started)
  redis.call('LTRIM', times, 0, 31)
end
redis.call('HSET', key_job(A.id), 'endedBy', A.token)
close_attempt(job, nil)
finish(job, to, nil, '"engine":' .. cjson.encode(job.engine) .. ',"runSeconds":' .. (now - job.started) / 1000)
return 'accepted'
