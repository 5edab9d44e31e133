#!lua flags=no-writes
-- Purpose:    a page of a durable event stream, and whether something before it is already gone.
-- Guarantee:  reads only.
-- KEYS[1]:    the root of all keys.
-- ARGV:       id (of a job, or '' for all jobs), after (stream id, or '' for the first), count
-- Reply:      {1 where events after `after` are gone, else 0; entries as XRANGE gives them}
-- Events:     none.
-- @include args

local stream = A.id ~= '' and key_job_events(A.id) or key_events()
local entries = redis.call('XRANGE', stream, A.after ~= '' and '(' .. A.after or '-', '+', 'COUNT', A.count)
local gap = 0
if A.after ~= '' and redis.call('EXISTS', stream) == 1 then
  -- Redis remembers the newest id it deleted by trimming; what was asked for must not lie before it.
  local info = redis.call('XINFO', 'STREAM', stream)
  for i = 1, #info, 2 do
    if info[i] == 'max-deleted-entry-id' and info[i + 1] ~= '0-0' then
      local first = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
      -- Gone only if the entry right after `after` is not the oldest that is left, or `after` itself is no longer there.
      if first and #redis.call('XRANGE', stream, A.after, A.after) == 0 and entries[1] and entries[1][1] == first[1] then gap = 1 end
    end
  end
end
return {gap, entries}
