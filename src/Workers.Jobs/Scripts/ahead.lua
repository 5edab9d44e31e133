#!lua flags=no-writes
-- Purpose:    how many queued jobs stand before this one.
-- Guarantee:  reads only; looks at no more than 64 clients of a level. An estimate: the ring serves clients in turn.
-- KEYS[1]:    the root of all keys.
-- ARGV:       id
-- Reply:      a number, or nil where the job isn't queued.
-- Events:     none.
-- @include args, job

local job = load_job(A.id)
if not job or job.state ~= 'queued' then return nil end
local own = redis.call('ZRANK', key_queue_jobs(job.queue, job.priority, job.client), job.id) or 0
local ahead = own
for _, level in ipairs(redis.call('ZRANGEBYSCORE', key_queue_levels(job.queue), job.priority, '+inf')) do
  for _, client in ipairs(redis.call('ZRANGE', key_queue_ring(job.queue, level), 0, 63)) do
    local count = redis.call('ZCARD', key_queue_jobs(job.queue, level, client))
    if tonumber(level) > tonumber(job.priority) then
      ahead = ahead + count
    elseif client ~= job.client then
      -- Of each other client, as many go first as of this job's own.
      ahead = ahead + math.min(count, own + 1)
    end
  end
end
return ahead
