#!lua
-- Purpose:    admits a job, or answers that its result is stored, or that another job is making it.
-- Guarantee:  one job for an id and for an idempotency key, and one at a time for what many ask alike; its assets are there and referenced; a full
--             queue admits nothing, but for a job that takes the place of those it supersedes.
-- KEYS[1]:    the root of all keys.
-- ARGV:       id, idIsClients ('1' or ''), client, engine, function, queue, priority, body, idempotency (client:key or ''), limit, spec (JSON),
--             runAfter (ms or ''), queueTimeout (ms or ''), maxAttempts, ttl (ms), ordering (client:key or ''), superseding (client:key or ''),
--             held (the process where a request waits for the end, or ''), weight (of the client: its share beside others),
--             retryOf, tags (newline-separated), assets (space-separated hex), file (what its function opens, or ''),
--             cache (optional: the key of its result; then also) flight (what is asked by whom is alike), build (of the engine), look ('1' to use what
--             is stored or being made, '' to make it anew), stale (the job of an entry that is not to be used, or ''), negative (ms)
-- Reply:      {created|repeated, id, state} | {conflict|gone, id} | {queue_full, depth} | {unknown_asset, hex}
--             | {hit, id of the job that made it, result (JSON), reads (JSON)} | {joined, id, state}
-- Events:     queued (where it is queued at once); canceled of the jobs it supersedes.
-- @rows cancel, release, release_later
-- @include args, clock, job, events, queue, places, flight, finish, superseding, assets, cache, links

-- The same request again, by its idempotency key or by its id?
if A.idempotency ~= '' then
  local known = redis.call('HMGET', key_idempotency(A.idempotency), 'job', 'body')
  if known[1] then
    local state = redis.call('HGET', key_job(known[1]), 'state')
    if not state then return {'gone', known[1]} end
    if known[2] ~= A.body then return {'conflict', known[1]} end
    return {'repeated', known[1], state}
  end
end
local same = redis.call('HMGET', key_job(A.id), 'state', 'body', 'client')
if same[1] then
  if same[2] ~= A.body or same[3] ~= A.client then return {'conflict', A.id} end
  return {'repeated', A.id, same[1]}
end

-- Where requests wait for the job. Whoever finds no room looks by itself each second.
local function hold(job)
  local held = redis.call('HGET', key_job(job.id), 'held') or ''
  if string.find(held, A.held, 1, true) or #held > 1000 then return end
  redis.call('HSET', key_job(job.id), 'held', held .. ' ' .. A.held)
end

-- Joining raises the job to the priority of whoever joins, and tells it that a request waits; it changes nothing else of it.
local function join(job)
  if tonumber(A.priority) > tonumber(job.priority) and job.state ~= 'failed' then
    if job.state == 'queued' then queue_remove(job) end
    job.priority = A.priority
    redis.call('HSET', key_job(job.id), 'priority', A.priority)
    redis.call('HINCRBY', key_job(job.id), 'version', 1)
    if job.state == 'queued' then queue_push(job) end
  end
  if A.held ~= '' then hold(job) end
  return {'joined', job.id, job.state}
end

-- Is its result stored, or being made? A job that is being canceled makes nothing any more; one that failed answers for a short time.
local names = A.cache and input_names(A.assets)
if A.cache and A.look ~= '' then
  local entry = redis.call('HMGET', key_cache(A.cache), 'job', 'names', 'result', 'reads')
  if entry[1] and entry[1] ~= A.stale and entry[2] == names then
    cache_touch(A.cache)
    if A['function'] == 'inspect' and A.file:sub(1, 7) == 'sha256:' then links_note_stored(A.cache, A.file:sub(8)) end
    return {'hit', entry[1], entry[3], entry[4]}
  end
  local flying = redis.call('GET', key_cache_flight(A.flight))
  local job = flying and flying ~= A.stale and load_job(flying)
  if job and job.cancel ~= '1' and job.state ~= 'succeeded' and job.state ~= 'canceled' then return join(job) end
end

-- May it come in?
local counts = redis.call('HMGET', key_counts(A.engine), 'waiting', 'scheduled', 'queued')
local depth = (counts[1] or 0) + (counts[2] or 0) + (counts[3] or 0)
local replaced = {}
if A.superseding ~= '' then
  for _, id in ipairs(redis.call('ZRANGE', key_superseding(A.superseding), 0, -1)) do
    local older = load_job(id)
    if older and older.state ~= 'running' and next_state(older, 'cancel') then
      replaced[#replaced + 1] = id
      if older.engine == A.engine then depth = depth - 1 end
    end
  end
end
if depth >= tonumber(A.limit) then return {'queue_full', depth} end
for hex in each_hex(A.assets) do
  if not asset_is_usable(hex) then return {'unknown_asset', hex} end
end

local sequence = redis.call('INCR', key_sequence())

-- It replaces those of its key that are not running. (Read again: the end of one may have released the next.)
for _, id in ipairs(replaced) do
  local older = load_job(id)
  supersede(older, next_state(older, 'cancel'), A.id)
end
if A.superseding ~= '' then redis.call('ZADD', key_superseding(A.superseding), sequence, A.id) end

for hex in each_hex(A.assets) do asset_refer(hex) end
local state = 'queued'
if A.runAfter ~= '' and tonumber(A.runAfter) > now then state = 'scheduled' end
if A.ordering ~= '' then
  redis.call('ZADD', key_ordering(A.ordering), sequence, A.id)
  if redis.call('ZRANGE', key_ordering(A.ordering), 0, 0)[1] ~= A.id then state = 'waiting' end
end
local record = {'state', state, 'engine', A.engine, 'function', A['function'], 'client', A.client, 'queue', A.queue,
  'priority', A.priority, 'sequence', sequence, 'attempt', 0, 'maxAttempts', A.maxAttempts, 'ttl', A.ttl, 'body', A.body, 'spec', A.spec,
  'created', now, 'queuedAt', now, 'version', 1, 'tags', A.tags, 'assets', A.assets, 'idempotency', A.idempotency,
  'ordering', A.ordering, 'superseding', A.superseding, 'retryOf', A.retryOf}
local function also(...)
  for _, part in ipairs({...}) do record[#record + 1] = part end
end
if A.runAfter ~= '' then also('runAfter', A.runAfter, 'runAt', A.runAfter) end
if A.weight ~= '1' then also('weight', A.weight) end
if A.file ~= '' then also('file', A.file) end
if A.held ~= '' then also('held', A.held) end
if A.queueTimeout ~= '' then also('queueTimeout', A.queueTimeout) end
if A.cache then also('cache', A.cache, 'flight', A.flight, 'build', A.build, 'names', names, 'negative', A.negative) end
redis.call('HSET', key_job(A.id), unpack(record))
if A.idempotency ~= '' then redis.call('HSET', key_idempotency(A.idempotency), 'job', A.id, 'body', A.body) end
if A.cache then redis.call('SET', key_cache_flight(A.flight), A.id) end
if not (counts[1] or counts[2] or counts[3]) then redis.call('SADD', key_engines(), A.engine) end
redis.call('ZADD', key_jobs(), sequence, A.id)
redis.call('ZADD', key_index('engine', A.engine), sequence, A.id)
redis.call('ZADD', key_index('client', A.client), sequence, A.id)
for tag in string.gmatch(A.tags, '[^\n]+') do redis.call('ZADD', key_index('tag', tag), sequence, A.id) end

local job = {id = A.id, engine = A.engine, client = A.client, queue = A.queue, priority = A.priority, sequence = sequence, attempt = '0',
  runAt = A.runAfter, queueTimeout = A.queueTimeout ~= '' and A.queueTimeout or nil, version = 1}
arrive(job, state)
if state == 'queued' then emit(job, 'queued', '') end
return {'created', A.id, state}
