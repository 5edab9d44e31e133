#!lua
-- Purpose:    a node's look at the files that templates want kept open: says what its workers hold, hears what one of its idle ones should open.
-- Guarantee:  over all nodes no template is given to more workers than it wants, and none is taken from one that would have fewer than the other;
--             what was told to be opened counts as held at once, what no node has said for ten seconds does not count.
-- KEYS[1]:    the root of all keys.
-- ARGV:       held, left (newline-separated "WORKER ENGINE FILE"), idle (the same, FILE '-' where none is open, those to be taken first in front),
--             resting (space-separated templates whose file could not be opened a short while ago)
-- Reply:      {template, worker, input (JSON)} | {} (nothing to open)
-- Events:     none.
-- @include args, clock

local entries = redis.call('HGETALL', key_warm())
if #entries == 0 then return {} end

local function by_file(lines)
  local found = {}
  for worker, engine, file in string.gmatch(lines, '(%S+) (%S+) ([^\n]+)') do
    local name = engine .. ' ' .. file
    found[name] = found[name] or {}
    table.insert(found[name], worker)
  end
  return found
end

local held, left, wants, owners = by_file(A.held), by_file(A.left), {}, {}
for i = 1, #entries, 2 do
  local count, engine, file, input = string.match(entries[i + 1], '^(%d+) (%S+) ([^\n]+)\n(.*)$')
  local want = {name = entries[i], key = key_warm_held(entries[i]), count = tonumber(count), engine = engine, file = engine .. ' ' .. file, input = input}
  for _, worker in ipairs(left[want.file] or {}) do redis.call('ZREM', want.key, worker) end
  for _, worker in ipairs(held[want.file] or {}) do redis.call('ZADD', want.key, now, worker) end
  redis.call('ZREMRANGEBYSCORE', want.key, '-inf', now - 10000)
  redis.call('PEXPIRE', want.key, 60000)
  want.held = redis.call('ZCARD', want.key)
  wants[#wants + 1] = want
  owners[want.file] = owners[want.file] or {}
  table.insert(owners[want.file], want)
end

-- Nobody's file goes first; then one of which there are too many, or so many that both have a fairer share.
local function spare_for(want)
  local second
  for worker, engine, open in string.gmatch(A.idle, '(%S+) (%S+) ([^\n]+)') do
    local file = engine .. ' ' .. open
    if engine == want.engine and file ~= want.file then
      if not owners[file] then return worker, {} end
      local is_spare = true
      for _, owner in ipairs(owners[file]) do is_spare = is_spare and (owner.held > owner.count or owner.held >= want.held + 2) end
      if is_spare then second = second or {worker, owners[file]} end
    end
  end
  if second then return second[1], second[2] end
end

table.sort(wants, function(one, other) return one.held < other.held or one.held == other.held and one.name < other.name end)
for _, want in ipairs(wants) do
  if want.held < want.count and not string.find(' ' .. A.resting .. ' ', ' ' .. want.name .. ' ', 1, true) then
    local worker, losers = spare_for(want)
    if worker then
      for _, owner in ipairs(losers) do redis.call('ZREM', owner.key, worker) end
      redis.call('ZADD', want.key, now, worker)
      redis.call('PEXPIRE', want.key, 60000)
      return {want.name, worker, want.input}
    end
  end
end
return {}
