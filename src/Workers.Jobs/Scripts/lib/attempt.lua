-- The end of an attempt that did not deliver: which trigger follows from how it ended and from what was tried before.
-- Returns the field of the job's record that says so, and its value.
local function close_attempt(job, failure)
  redis.call('PEXPIRE', key_job_log(job.id, job.attempt), 86400000)
  return 'attempt:' .. job.attempt .. ':end', '{"endedAt":' .. now .. (failure and ',"failure":' .. failure or '') .. '}'
end

-- `how` is final, counted or uncounted; `crash` tells that the worker died. Returns the state that follows.
local function end_attempt(job, failure, how, crash, back_off)
  redis.call('HSET', key_job(job.id), close_attempt(job, failure))
  local trigger = 'fail'
  if how == 'uncounted' then
    local returned = redis.call('HINCRBY', key_job(job.id), 'returned', 1)
    if returned <= 20 then trigger = 'requeue' end
  elseif how == 'counted' then
    local counted = redis.call('HINCRBY', key_job(job.id), 'counted', 1)
    local crashes = 0
    if crash then
      crashes = redis.call('HINCRBY', key_job(job.id), 'crashes', 1)
    else
      redis.call('HDEL', key_job(job.id), 'crashes')
    end
    if counted < tonumber(redis.call('HGET', key_job(job.id), 'maxAttempts')) and crashes < 2 then trigger = 'retry_later' end
  end
  -- What a newer one has replaced meanwhile is not tried again.
  local newer = trigger ~= 'fail' and job.cancel ~= '1' and newer_than(job)
  if newer then
    job.cancel = '1'
    supersede(job, next_state(job, trigger), newer)
    return job.state
  end
  local to = next_state(job, trigger)
  if to == 'scheduled' then
    job.runAt = now + back_off
    move(job, to, 'lease', '', 'runAt', job.runAt, 'progress', '')
    emit(job, 'retrying', '"inSeconds":' .. (back_off / 1000) .. ',"failure":' .. failure)
  elseif to == 'queued' then
    move(job, to, 'lease', '', 'queuedAt', now, 'progress', '')
    emit(job, 'retrying', '"inSeconds":0,"failure":' .. failure)
  else
    finish(job, to, failure)
  end
  return to
end
