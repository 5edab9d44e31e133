-- The end of the job that makes a result for all who asked: after a failure that would only repeat itself, it goes on answering for a short time.
local REPEATING = {invalid_input = true, engine_error = true, engine_crashed = true, output_rejected = true, deadline = true, stalled = true}

local function flight_ends(job, flight, negative, state, failure)
  if redis.call('GET', key_cache_flight(flight)) ~= job.id then return end
  local kind = state == 'failed' and failure and cjson.decode(failure).kind
  if kind and REPEATING[kind] and tonumber(negative or 0) > 0 then
    redis.call('PEXPIRE', key_cache_flight(flight), negative)
  else
    redis.call('DEL', key_cache_flight(flight))
  end
end
