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
if A.after ~= '' and redis.call('EXISTS', stream) == 1 and #redis.call('XRANGE', stream, A.after, A.after) == 0 then
  -- `after` itself is gone. Where the stream was trimmed and all that is left is newer, something between may be gone too.
  local info, known = redis.call('XINFO', 'STREAM', stream), {}
  for i = 1, #info, 2 do known[info[i]] = info[i + 1] end
  local first = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
  if known['entries-added'] > known.length and (not first or entries[1] and entries[1][1] == first[1]) then gap = 1 end
end
return {gap, entries}
