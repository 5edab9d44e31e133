#!lua flags=allow-oom
-- Purpose:    forgets ended jobs with their indexes, streams, logs and references: one by id, or those whose time to live is over.
-- Guarantee:  a job that is not over is never deleted; references are released exactly once.
-- KEYS[1]:    the root of all keys.
-- ARGV:       id, or '' and limit
-- Reply:      with an id: unknown | deleted | not_over; else how many were deleted.
-- Events:     none.
-- @include args, clock, job, assets

local function forget(job)
  local more = redis.call('HMGET', key_job(job.id), 'tags', 'assets', 'outputs')
  redis.call('ZREM', key_jobs(), job.id)
  redis.call('ZREM', key_expiry(), job.id)
  redis.call('ZREM', key_index('state', job.state), job.id)
  redis.call('ZREM', key_index('engine', job.engine), job.id)
  redis.call('ZREM', key_index('client', job.client), job.id)
  for tag in string.gmatch(more[1] or '', '[^\n]+') do redis.call('ZREM', key_index('tag', tag), job.id) end
  for hex in each_hex(more[2]) do asset_release(hex) end
  for hex in each_hex(more[3]) do asset_release(hex) end
  for attempt = 1, tonumber(job.attempt) do redis.call('UNLINK', key_job_log(job.id, attempt)) end
  redis.call('UNLINK', key_job(job.id), key_job_events(job.id), key_job_snapshot(job.id))
end

local function is_over(job)
  return job.state == 'succeeded' or job.state == 'failed' or job.state == 'canceled'
end

if A.id ~= '' then
  local job = load_job(A.id)
  if not job then return 'unknown' end
  if not is_over(job) then return 'not_over' end
  forget(job)
  return 'deleted'
end
local deleted = 0
for _, id in ipairs(redis.call('ZRANGEBYSCORE', key_expiry(), '-inf', now, 'LIMIT', 0, A.limit)) do
  local job = load_job(id)
  if job and is_over(job) then
    forget(job)
    deleted = deleted + 1
  else
    redis.call('ZREM', key_expiry(), id)
  end
end
return deleted
