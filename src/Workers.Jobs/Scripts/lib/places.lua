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

local function leave(job)
  redis.call('ZREM', key_index('state', job.state), job.id)
  redis.call('HINCRBY', key_counts(job.engine), job.state, -1)
  if job.state == 'queued' then
    queue_remove(job)
  elseif job.state == 'scheduled' then
    redis.call('ZREM', key_scheduled(), job.id)
  elseif job.state == 'running' then
    redis.call('ZREM', key_leases(), job.id)
  end
end

-- Moves a living job to another living state with its fields.
local function move(job, state, ...)
  leave(job)
  redis.call('HSET', key_job(job.id), 'state', state, ...)
  redis.call('HINCRBY', key_job(job.id), 'version', 1)
  arrive(job, state)
end
