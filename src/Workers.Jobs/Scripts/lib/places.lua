-- A state is also a place: the index of that state, the engine's counts, and the structure that moves the job on.
local function arrive(job, state)
  job.state = state
  redis.call('ZADD', key_index('state', state), job.sequence, job.id)
  redis.call('HINCRBY', key_counts(job.engine), state, 1)
  if state == 'queued' then
    queue_push(job)
  elseif state == 'scheduled' then
    redis.call('ZADD', key_scheduled(), job.runAt, job.id)
  end
  if job.queueTimeout and job.attempt == '0' and (state == 'queued' or state == 'waiting') then
    redis.call('ZADD', key_queue_timeouts(), 'NX', now + job.queueTimeout, job.id)
  end
end

-- Returns how many of the engine's jobs are left there.
local function leave(job)
  redis.call('ZREM', key_index('state', job.state), job.id)
  local left = redis.call('HINCRBY', key_counts(job.engine), job.state, -1)
  if job.state == 'queued' then
    queue_remove(job)
  elseif job.state == 'scheduled' then
    redis.call('ZREM', key_scheduled(), job.id)
  elseif job.state == 'running' then
    redis.call('ZREM', key_leases(), job.id)
  end
  return left
end

-- Moves a living job to another living state with its fields. Returns how many of the engine's jobs are left in the former one.
local function move(job, state, ...)
  local left = leave(job)
  job.version = job.version + 1
  redis.call('HSET', key_job(job.id), 'state', state, 'version', job.version, ...)
  arrive(job, state)
  return left
end
