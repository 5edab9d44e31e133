#!lua
-- Purpose:    changes priority, tags and time limit of a job that has not begun.
-- Guarantee:  only the version that the caller read is changed; a queued job keeps its submit sequence.
-- KEYS[1]:    the root of all keys.
-- ARGV:       id, version, spec (JSON), priority, tags (newline-separated)
-- Reply:      changed | unknown | stale (it is another version by now) | begun | over
-- Events:     none.
-- @include args, clock, job, queue

local job = load_job(A.id, 'tags')
if not job then return 'unknown' end
if job.state == 'running' then return 'begun' end
if job.state ~= 'queued' and job.state ~= 'waiting' and job.state ~= 'scheduled' then return 'over' end
if job.version ~= A.version then return 'stale' end

if job.state == 'queued' and job.priority ~= A.priority then
  queue_remove(job)
  job.priority = A.priority
  queue_push(job)
end
for tag in string.gmatch(job.tags or '', '[^\n]+') do redis.call('ZREM', key_index('tag', tag), A.id) end
for tag in string.gmatch(A.tags, '[^\n]+') do redis.call('ZADD', key_index('tag', tag), job.sequence, A.id) end
redis.call('HSET', key_job(A.id), 'spec', A.spec, 'priority', A.priority, 'tags', A.tags)
redis.call('HINCRBY', key_job(A.id), 'version', 1)
return 'changed'
