#!lua flags=allow-oom
-- Purpose:    what is known of the files in watched folders, and who watches.
-- Guarantee:  one process watches at a time, and only it writes.
-- KEYS[1]:    the root of all keys.
-- ARGV:       do = hold: token, ttl (ms) | release: token | write: token, root, files (JSON: [[path, record or ""]]; "" forgets) |
--             list: root, prefix, after (a path, or ''), limit
-- Reply:      hold: 1 or 0; release: ok; write: ok | lost; list: for each {path, record}, by path
-- Events:     none.
-- @include args, links

local verbs = {}

function verbs.hold()
  local holder = redis.call('GET', key_watcher())
  if holder and holder ~= A.token then return 0 end
  redis.call('SET', key_watcher(), A.token, 'PX', A.ttl)
  return 1
end

function verbs.release()
  if redis.call('GET', key_watcher()) == A.token then redis.call('DEL', key_watcher()) end
  return 'ok'
end

function verbs.write()
  if redis.call('GET', key_watcher()) ~= A.token then return 'lost' end
  for _, file in ipairs(cjson.decode(A.files)) do
    local path, record = file[1], file[2]
    if record == '' then
      redis.call('HDEL', key_watched(A.root), path)
      redis.call('ZREM', key_watched_paths(A.root), path)
      links_forget('file', 'root:' .. A.root .. '/' .. path)
    else
      redis.call('HSET', key_watched(A.root), path, record)
      redis.call('ZADD', key_watched_paths(A.root), 0, path)
    end
  end
  return 'ok'
end

function verbs.list()
  local from = A.after ~= '' and A.after > A.prefix and '(' .. A.after or '[' .. A.prefix
  local to = A.prefix ~= '' and '[' .. A.prefix .. '\255' or '+'
  local paths = redis.call('ZRANGEBYLEX', key_watched_paths(A.root), from, to, 'LIMIT', 0, A.limit)
  local found = {}
  for _, path in ipairs(paths) do found[#found + 1] = {path, redis.call('HGET', key_watched(A.root), path)} end
  return found
end

return verbs[A['do']]()
