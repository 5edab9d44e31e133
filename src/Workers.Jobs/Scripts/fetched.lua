#!lua flags=allow-oom
-- Purpose:    remembers which bytes a URL gave, and how to ask its server whether they still are what it gives.
-- Guarantee:  at most `most` URLs are remembered; those asked for longest ago are forgotten first.
-- KEYS[1]:    the root of all keys.
-- ARGV:       do = find: url | remember: url, answer (JSON), most      (url: SHA-256 in hex, for a URL may hold a secret)
-- Reply:      find: the answer, or false; remember: ok
-- Events:     none.
-- @include args, clock

local verbs = {}

function verbs.find()
  local answer = redis.call('HGET', key_fetched(), A.url)
  if answer then redis.call('ZADD', key_fetched_at(), now, A.url) end
  return answer
end

function verbs.remember()
  redis.call('HSET', key_fetched(), A.url, A.answer)
  redis.call('ZADD', key_fetched_at(), now, A.url)
  local over = redis.call('ZCARD', key_fetched_at()) - A.most
  if over > 0 then
    for _, url in ipairs(redis.call('ZRANGE', key_fetched_at(), 0, over - 1)) do
      redis.call('HDEL', key_fetched(), url)
      redis.call('ZREM', key_fetched_at(), url)
    end
  end
  return 'ok'
end

return verbs[A['do']]()
