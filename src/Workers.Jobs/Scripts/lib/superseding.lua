-- Newest wins: the end of a job that a newer one of its superseding key replaces. Many may be replaced in a minute and nobody reads them for long,
-- so that their records live a minute at most.
local function supersede(job, state, newer)
  redis.call('HSET', key_job(job.id), 'ttl', math.min(60000, tonumber(redis.call('HGET', key_job(job.id), 'ttl'))))
  finish(job, state, '{"kind":"canceled","reason":"superseded","message":"Superseded by job ' .. newer ..
    ', a newer one of the same key.","retryable":false}', '')
end

-- The newest living job of its superseding key, where that is another one.
local function newer_than(job)
  local key = redis.call('HGET', key_job(job.id), 'superseding')
  if not key or key == '' then return nil end
  local newest = redis.call('ZREVRANGE', key_superseding(key), 0, 0)[1]
  return newest ~= job.id and newest or nil
end
