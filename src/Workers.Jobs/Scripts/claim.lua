#!lua flags=allow-oom
-- Purpose:    gives a node the best queued job of an engine under a new lease.
-- Guarantee:  a job has at most one lease. A claim whose reply is lost is never started; recover.lua takes it back.
--             A job whose last attempt failed on this node is left to others for five seconds, where others may serve it.
-- KEYS[1]:    the root of all keys.
-- ARGV:       engine, node, boot, worker, pid, labels (newline-separated name=value), token, lease (ms),
--             holders (optional; newline-separated "worker pid file": idle workers with a file open, the reserved one first),
--             taken (optional; newline-separated: the files of workers that are busy),
--             held ('1' or ''): the node's attempts for this engine keep failing; leave its jobs to others, where others may serve them,
--             ahead (optional; '1'): tell which assets the job needs that is next then,
--             functions (optional; newline-separated: all that the worker has room for; the best job of another one is left to wait, not passed over),
--             least (optional): the worker is kept for jobs of this priority and more
-- Reply:      nil | the job's id, its hash as field, value, …, how many jobs of the engine are still queued, and the next one's assets
-- Events:     started.
-- @rows claim
-- @include args, clock, job, events, queue, places, serving, choice, affinity

-- It has just failed here: whoever else may serve it is likelier to end it well. Eight are passed over at most.
local function leave_to_others(job)
  if passes == 8 or not job.counted or job.node ~= A.node or now - job.queuedAt > 5000 then return false end
  if not served_elsewhere(A.engine, job.queue, A.node) then return false end
  pass_over(job.id)
  return true
end

local found, job
repeat
  found = best()
  if not found then return nil end
  job = load_job(found.id, 'queuedAt', 'function', 'weight', 'counted', 'node', 'file', 'queueTimeout')
  local claimable = job and next_state(job, 'claim')
  if not claimable then
    -- No script leaves an entry without its queued job; should one be there all the same, it must not block the queue for ever.
    queue_remove({id = found.id, engine = A.engine, queue = found.queue, priority = found.priority, client = found.client})
  end
until claimable and not leave_to_others(job)
if A.functions and not string.find('\n' .. A.functions .. '\n', '\n' .. job['function'] .. '\n', 1, true) then return nil end
local nearer = nearer_than(found, job.file)
if nearer then
  found, job = nearer, load_job(nearer.id, 'queuedAt', 'weight', 'file', 'queueTimeout')
end
-- The client's virtual time: a client of weight 2 is charged half for each job, so it is served twice as often.
redis.call('ZINCRBY', key_queue_ring(found.queue, found.priority), 1 / (job.weight or 1), found.client)
job.attempt = job.attempt + 1
local worker, pid = A.worker, A.pid
if job.file and holder_of(job.file) then worker, pid = holder_of(job.file) end
local queued = move(job, 'running', 'attempt', job.attempt, 'lease', A.token, 'node', A.node, 'boot', A.boot, 'worker', worker, 'pid', pid,
  'leaseMs', A.lease, 'started', now, 'progress', '', 'attempt:' .. job.attempt,
  cjson.encode({node = A.node, worker = worker, pid = tonumber(pid), startedAt = now}))
if job.queueTimeout then redis.call('ZREM', key_queue_timeouts(), job.id) end
redis.call('ZADD', key_leases(), now + A.lease, job.id)
emit(job, 'started', '"engine":' .. cjson.encode(job.engine) .. ',"worker":' .. cjson.encode(worker) .. ',"node":' .. cjson.encode(A.node) ..
  ',"queueSeconds":' .. (now - job.queuedAt) / 1000)
local ahead = A.ahead and best()
return {job.id, redis.call('HGETALL', key_job(job.id)), queued,
  ahead and redis.call('HGET', key_job(ahead.id), 'assets') or ''}
