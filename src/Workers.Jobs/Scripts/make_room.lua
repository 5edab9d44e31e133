#!lua flags=allow-oom
-- Purpose:    asks whether a node should end its running job because one of at least that priority is queued that it may run.
-- Guarantee:  of many nodes one is told so of each job, until `for` is over. Nothing is promised: whoever is free first gets the job.
--             A running job that has been raised to that priority, by who joined it, goes on.
-- KEYS[1]:    the root of all keys.
-- ARGV:       engine, node, labels (newline-separated name=value), least, running (its id), for (ms)
-- Reply:      nil | the queued job's id
-- Events:     none.
-- @include args, clock, serving, choice

if tonumber(redis.call('HGET', key_job(A.running), 'priority') or 0) >= least then return nil end
repeat
  local found = best()
  if not found then return nil end
  if redis.call('SET', key_making_room(found.id), A.node, 'NX', 'PX', A['for']) then return found.id end
  pass_over(found.id)
until passes == 8
return nil
