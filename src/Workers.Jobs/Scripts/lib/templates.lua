-- Templates: a hash each; the number of its newest version stays when the template is deleted, so that a number never means two things.
local function template_load(name)
  local head = redis.call('HMGET', key_template(name), 'latest', 'versions')
  local latest, versions = tonumber(head[1] or 0), {}
  for number in string.gmatch(head[2] or '', '%d+') do versions[#versions + 1] = number end
  local tag = versions[1] and redis.call('HGET', key_template(name), 'tag:' .. latest) or ''
  return {name = name, key = key_template(name), latest = latest, versions = versions, tag = tag}
end

-- If-Match and If-None-Match (RFC 9110, 13.1): '' is not said, '*' any, else tags separated by spaces.
local function template_fits(template, match, none_match)
  local function named(list)
    if list == '*' then return template.tag ~= '' end
    for tag in string.gmatch(list, '%S+') do
      if tag == template.tag then return true end
    end
    return false
  end
  return (match == '' or named(match)) and (none_match == '' or not named(none_match))
end

local function template_forget(template, number)
  for hex in each_hex(redis.call('HGET', template.key, 'assets:' .. number) or '') do asset_release(hex) end
  redis.call('HDEL', template.key, 'definition:' .. number, 'tag:' .. number, 'created:' .. number, 'client:' .. number, 'assets:' .. number)
end

-- What the template wants kept open: "COUNT ENGINE FILE\nINPUT", or ''. Where it is another file now, who holds the former counts no more.
local function template_warm(template, warm)
  if (redis.call('HGET', key_warm(), template.name) or '') == warm then return end
  redis.call('DEL', key_warm_held(template.name))
  redis.call('HDEL', key_warm_failed(), template.name)
  if warm == '' then redis.call('HDEL', key_warm(), template.name) else redis.call('HSET', key_warm(), template.name, warm) end
end

local function template_changed(template)
  redis.call('HINCRBY', template.key, 'revision', 1)
  redis.call('PUBLISH', key_hint_template(), template.name)
end
