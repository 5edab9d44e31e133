-- Reading a job's hash, and asking the transition table (ROWS is written in front of this from JobTransitions.cs).
local function load_job(id, ...)
  local names = {'state', 'cancel', 'engine', 'client', 'queue', 'priority', 'sequence', 'attempt', 'lease', 'version', ...}
  local values = redis.call('HMGET', key_job(id), unpack(names))
  if not values[1] then return nil end
  local job = {id = id}
  for i, name in ipairs(names) do job[name] = values[i] or nil end
  return job
end

-- The state after the trigger and whether a cancel is then requested, or nil where the table refuses.
local function next_state(job, trigger)
  local to = ROWS[job.state .. (job.cancel == '1' and '!' or '') .. '/' .. trigger]
  if not to then return nil end
  if to:sub(-1) == '!' then return to:sub(1, -2), true end
  return to, false
end
