#!lua flags=allow-oom
-- Purpose:    what inspected files name (pictures, libraries, companions) and whether it was there, and who names a file.
-- Guarantee:  the newest inspection counts; an asset that is gone is not indexed; at most `most` files are, those inspected longest ago go first.
-- KEYS[1]:    the root of all keys.
-- ARGV:       do = pending: limit | index: job (or what else pending told), kind (asset or file), id, links (JSON: [{name, kind, path, missing}]), most | skip: job |
--             list: kind, name ('' for those that lack something), offset, limit
-- Reply:      pending: ids of ended inspections, or "result KEY HEX" of stored ones for an asset that came anew, oldest first; index, skip: ok; list: for each {id, links}, newest inspected first
-- Events:     none.
-- @include args, clock, links

local verbs = {}

function verbs.pending() return redis.call('ZRANGE', key_inspected(), 0, A.limit - 1) end

function verbs.skip()
  redis.call('ZREM', key_inspected(), A.job)
  return 'ok'
end

function verbs.index()
  redis.call('ZREM', key_inspected(), A.job)
  links_forget(A.kind, A.id)
  if A.kind == 'asset' then
    if redis.call('EXISTS', key_asset(A.id)) == 0 then return 'ok' end
    redis.call('HSET', key_asset(A.id), 'indexed', '1')
  end
  local links = cjson.decode(A.links)
  if #links == 0 then return 'ok' end
  redis.call('SET', key_links(A.kind, A.id), A.links)
  redis.call('ZADD', key_linked(), now, A.kind .. ' ' .. A.id)
  for _, link in ipairs(links) do
    redis.call('ZADD', key_users(A.kind, link.name), now, A.id)
    if link.missing then redis.call('ZADD', key_lacking(A.kind), now, A.id) end
  end
  local over = redis.call('ZCARD', key_linked()) - A.most
  if over > 0 then
    for _, subject in ipairs(redis.call('ZRANGE', key_linked(), 0, over - 1)) do
      local kind, id = subject:match('^(%a+) (.*)$')
      links_forget(kind, id)
    end
  end
  return 'ok'
end

function verbs.list()
  local index = A.name == '' and key_lacking(A.kind) or key_users(A.kind, A.name)
  local found = {}
  for _, id in ipairs(redis.call('ZREVRANGE', index, A.offset, A.offset + A.limit - 1)) do
    found[#found + 1] = {id, redis.call('GET', key_links(A.kind, id))}
  end
  return found
end

return verbs[A['do']]()
