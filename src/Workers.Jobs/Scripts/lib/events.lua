-- Events are written in the same step as the state they tell of: to the job's own stream and to the bounded one of all jobs.
-- `more` is a JSON object's inside without braces ('' for none). Then a hint goes out for whoever waits: 'event' where none is given, 'ended' with
-- the last one, '' for none where another event of the job follows in the same step.
local function emit(job, kind, more, hint)
  redis.call('XADD', key_job_events(job.id), 'MAXLEN', '~', 1000, '*', 't', kind, 'a', job.attempt or '0', 'm', more)
  redis.call('XADD', key_events(), 'MAXLEN', '~', 100000, '*', 'j', job.id, 't', kind, 'a', job.attempt or '0', 'm', more)
  if hint ~= '' then redis.call('PUBLISH', key_hint_job(), (hint or 'event') .. ' ' .. job.id) end
end
