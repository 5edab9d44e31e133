-- The end of a job, whatever it is: its place, its record, its time to live, its successor, its event.
-- `failure` is JSON or nil; `more` is told in the event; then fields of its record that are written with its end.
local function release_successor(job)
  local head = redis.call('ZRANGE', key_ordering(job.ordering), 0, 0)[1]
  if not head then return end
  local next_job = load_job(head, 'runAfter', 'queueTimeout')
  if not next_job or next_job.state ~= 'waiting' then return end
  local later = next_job.runAfter and tonumber(next_job.runAfter) > now
  local to = next_state(next_job, later and 'release_later' or 'release')
  if not to then return end
  next_job.runAt = next_job.runAfter
  move(next_job, to, 'queuedAt', now, 'runAt', later and next_job.runAfter or '')
  if to == 'queued' then emit(next_job, 'queued', '') end
end

-- The ended job's hash as JSON, for the hint: a request that waits answers from it and need not read the job. Large ones are read.
local function record_for_hint(id)
  if redis.call('HSTRLEN', key_job(id), 'spec') + redis.call('HSTRLEN', key_job(id), 'result') +
    redis.call('HSTRLEN', key_job(id), 'reads') > 16384 then return '' end
  return ' ' .. cjson.encode(redis.call('HGETALL', key_job(id)))
end

-- Tells the processes where requests wait for the job; the one that ended it (A.process, where given) knows by the reply.
local function tell_waiting(id, held)
  local record
  for process in string.gmatch(held, '%S+') do
    if process ~= A.process then
      record = record or record_for_hint(id)
      redis.call('PUBLISH', key_hint_ended(process), id .. record)
    end
  end
end

local function finish(job, state, failure, more, ...)
  local extra = redis.call('HMGET', key_job(job.id), 'ttl', 'ordering', 'superseding', 'idempotency', 'cancelFailure', 'held',
    'flight', 'negative', 'queueTimeout')
  job.ordering = extra[2]
  if state == 'canceled' then failure = extra[5] or failure end
  leave(job)
  redis.call('HDEL', key_job(job.id), 'cancel', 'lease', 'cancelFailure', 'progress')
  job.version = job.version + 1
  redis.call('HSET', key_job(job.id), 'state', state, 'ended', now, 'version', job.version, ...)
  if failure then redis.call('HSET', key_job(job.id), 'failure', failure) end
  if extra[9] then redis.call('ZREM', key_queue_timeouts(), job.id) end
  redis.call('ZADD', key_index('state', state), job.sequence, job.id)
  redis.call('HINCRBY', key_counts(job.engine), 'total_' .. state, 1)
  redis.call('ZADD', key_expiry(), now + extra[1], job.id)
  redis.call('DEL', key_job_snapshot(job.id))
  if state == 'failed' then
    redis.call('ZADD', key_failures(job.engine), now, job.id)
    redis.call('ZREMRANGEBYSCORE', key_failures(job.engine), '-inf', now - 3600000)
    redis.call('ZREMRANGEBYRANK', key_failures(job.engine), 0, -10001)
  end
  if extra[3] and extra[3] ~= '' then redis.call('ZREM', key_superseding(extra[3]), job.id) end
  if extra[4] and extra[4] ~= '' then
    redis.call('PEXPIRE', key_idempotency(extra[4]), math.max(tonumber(extra[1]), 86400000))
  end
  if extra[7] then flight_ends(job, extra[7], extra[8], state, failure) end
  job.state = state
  emit(job, state, failure and '"failure":' .. failure or more or '', 'ended')
  if extra[6] then tell_waiting(job.id, extra[6]) end
  if job.ordering and job.ordering ~= '' then
    redis.call('ZREM', key_ordering(job.ordering), job.id)
    release_successor(job)
  end
end
