-- The queue: engine and labels -> levels (priority) -> ring of clients by virtual time -> that client's jobs by submit sequence.
local function queue_push(job)
  local jobs = key_queue_jobs(job.queue, job.priority, job.client)
  redis.call('ZADD', jobs, job.sequence, job.id)
  local ring = key_queue_ring(job.queue, job.priority)
  if not redis.call('ZSCORE', ring, job.client) then
    -- A newcomer starts at the time of the client that is served next, so that it neither jumps the ring nor waits a whole round.
    local first = redis.call('ZRANGE', ring, 0, 0, 'WITHSCORES')
    redis.call('ZADD', ring, first[2] or 0, job.client)
    redis.call('ZADD', key_queue_levels(job.queue), job.priority, job.priority)
    redis.call('SADD', key_queues(job.engine), job.queue)
  end
  redis.call('PUBLISH', key_hint_queued(), job.engine .. ' ' .. job.id .. ' ' .. job.priority)
end

local function queue_remove(job)
  local jobs = key_queue_jobs(job.queue, job.priority, job.client)
  redis.call('ZREM', jobs, job.id)
  if redis.call('EXISTS', jobs) == 1 then return end
  local ring = key_queue_ring(job.queue, job.priority)
  redis.call('ZREM', ring, job.client)
  if redis.call('EXISTS', ring) == 1 then return end
  redis.call('ZREM', key_queue_levels(job.queue), job.priority)
  if redis.call('EXISTS', key_queue_levels(job.queue)) == 0 then
    redis.call('SREM', key_queues(job.engine), job.queue)
  end
end
