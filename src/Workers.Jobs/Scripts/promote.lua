#!lua flags=allow-oom
-- Purpose:    queues scheduled jobs whose time has come; ends jobs that waited longer than their queue timeout.
-- Guarantee:  at most `limit` of each in one step.
-- KEYS[1]:    the root of all keys.
-- ARGV:       limit
-- Reply:      how many moved.
-- Events:     queued, failed.
-- @rows due, queue_timeout, release, release_later
-- @include args, clock, job, events, queue, places, flight, finish

local moved = 0
for _, id in ipairs(redis.call('ZRANGEBYSCORE', key_scheduled(), '-inf', now, 'LIMIT', 0, A.limit)) do
  local job = load_job(id, 'queueTimeout')
  local to = job and next_state(job, 'due')
  if to then
    move(job, to, 'queuedAt', now, 'runAt', '')
    emit(job, 'queued', '')
    moved = moved + 1
  else
    redis.call('ZREM', key_scheduled(), id)
  end
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', key_queue_timeouts(), '-inf', now, 'LIMIT', 0, A.limit)) do
  local job = load_job(id)
  local to = job and next_state(job, 'queue_timeout')
  if to then
    finish(job, to, '{"kind":"queue_timeout","message":"It was not started within its queueTimeoutSeconds.","retryable":true}', '')
    moved = moved + 1
  end
  redis.call('ZREM', key_queue_timeouts(), id)
end
return moved
