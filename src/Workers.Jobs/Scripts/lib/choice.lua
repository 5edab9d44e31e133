-- Which queued job a node would take: the best one of all queues whose labels it carries, but for those it passes over.
-- A.engine, A.node, A.labels; A.held ('1', '' or nil): leave its jobs to others, where others may serve them; A.least (optional): the least priority.
local passed, passes = {}, 0
local least = tonumber(A.least or 0)

local function may_serve(queue)
  return carries_all(A.labels, queue) and not (A.held == '1' and served_elsewhere(A.engine, queue, A.node))
end

-- The queue's first job that is not passed over: priority first, then the ring of clients, then the submit sequence.
local function head(queue)
  for _, level in ipairs(redis.call('ZREVRANGE', key_queue_levels(queue), 0, passes)) do
    for _, client in ipairs(redis.call('ZRANGE', key_queue_ring(queue, level), 0, passes)) do
      local jobs = redis.call('ZRANGE', key_queue_jobs(queue, level, client), 0, passes, 'WITHSCORES')
      for i = 1, #jobs, 2 do
        if not passed[jobs[i]] then
          return {id = jobs[i], queue = queue, priority = tonumber(level), sequence = tonumber(jobs[i + 1]), client = client}
        end
      end
    end
  end
end

local function best()
  local found
  for _, queue in ipairs(redis.call('SMEMBERS', key_queues(A.engine))) do
    local first = may_serve(queue) and head(queue)
    if first and first.priority >= least and (not found or first.priority > found.priority
        or (first.priority == found.priority and first.sequence < found.sequence)) then
      found = first
    end
  end
  return found
end

local function pass_over(id)
  passed[id], passes = true, passes + 1
end
