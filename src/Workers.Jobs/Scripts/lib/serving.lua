-- Who else serves an engine. A queue's name is its engine and the labels it requires: engine|a=1|b=2
local function carries_all(labels, queue)
  for label in string.gmatch(queue, '|([^|]+)') do
    if not string.find('\n' .. labels .. '\n', '\n' .. label .. '\n', 1, true) then return false end
  end
  return true
end

-- Whether one of at most 16 other nodes that said so within ten seconds may serve the queue.
local function served_elsewhere(engine, queue, node)
  for _, other in ipairs(redis.call('ZREVRANGEBYSCORE', key_serving(engine), '+inf', now - 10000, 'LIMIT', 0, 16)) do
    local id, labels = string.match(other, '^([^\n]*)\n(.*)$')
    if id ~= node and carries_all(labels, queue) then return true end
  end
  return false
end
