#!lua flags=no-writes
-- Purpose:    the state of all queues in one round trip.
-- Guarantee:  reads only; looks at no more than 64 clients of a queue.
-- KEYS[1]:    the root of all keys.
-- ARGV:       none.
-- Reply:      for each engine: name, {counts as field, value, …}, failed in the last hour, ms since the oldest queued job entered, {run times in ms}
-- Events:     none.
-- @include clock

local function oldest(engine)
  local age = 0
  for _, queue in ipairs(redis.call('SMEMBERS', key_queues(engine))) do
    for _, level in ipairs(redis.call('ZRANGE', key_queue_levels(queue), 0, -1)) do
      for _, client in ipairs(redis.call('ZRANGE', key_queue_ring(queue, level), 0, 63)) do
        local id = redis.call('ZRANGE', key_queue_jobs(queue, level, client), 0, 0)[1]
        local since = id and redis.call('HGET', key_job(id), 'queuedAt')
        if since then age = math.max(age, now - since) end
      end
    end
  end
  return age
end

local reply = {}
for _, engine in ipairs(redis.call('SMEMBERS', key_engines())) do
  reply[#reply + 1] = {engine, redis.call('HGETALL', key_counts(engine)), redis.call('ZCOUNT', key_failures(engine), now - 3600000, '+inf'),
    oldest(engine), redis.call('LRANGE', key_run_times(engine), 0, 31)}
end
return reply
