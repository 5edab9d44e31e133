-- Which job goes to which idle worker: priority first, then fairness, then the worker that holds the job's file open. The job at the head may be
-- passed over eight times, and for five seconds.
-- A.holders: newline-separated "worker pid file" of idle workers, the reserved one first; A.taken: newline-separated files of busy ones.
local function holder_of(file)
  for worker, pid, held in string.gmatch(A.holders or '', '(%S+) (%d+) ([^\n]+)') do
    if held == file then return worker, pid end
  end
end

local function is_taken(file)
  return A.taken and string.find('\n' .. A.taken .. '\n', '\n' .. file .. '\n', 1, true) ~= nil
end

-- The first of the next jobs of the head's priority whose file will do: 32 jobs at most, of the 16 clients that are served next.
local function first_where(head, will_do)
  local clients = redis.call('ZRANGE', key_queue_ring(head.queue, head.priority), 0, 15)
  for _, client in ipairs(clients) do
    local last = math.floor(32 / #clients) - 1
    local jobs = redis.call('ZRANGE', key_queue_jobs(head.queue, head.priority, client), 0, last, 'WITHSCORES')
    for i = 1, #jobs, 2 do
      local values = redis.call('HMGET', key_job(jobs[i]), 'file', 'counted', 'node')
      local failed_here = values[2] and values[3] == A.node
      if values[1] and not failed_here and will_do(values[1]) then
        return {id = jobs[i], queue = head.queue, priority = head.priority, sequence = tonumber(jobs[i + 1]), client = client}
      end
    end
  end
end

-- The job that goes before the head, or nil: one whose file an idle worker holds; where a busy worker holds the head's, one whose file nobody holds.
local function nearer_than(head, file)
  if not (A.holders or A.taken) or not file or holder_of(file) then return nil end
  local passed = redis.call('HMGET', key_job(head.id), 'passed', 'passedSince')
  if tonumber(passed[1] or 0) >= 8 or now - tonumber(passed[2] or now) > 5000 then return nil end
  local nearer = A.holders and first_where(head, holder_of)
    or is_taken(file) and first_where(head, function(other) return not is_taken(other) end)
  if nearer then
    redis.call('HINCRBY', key_job(head.id), 'passed', 1)
    redis.call('HSETNX', key_job(head.id), 'passedSince', now)
  end
  return nearer
end
