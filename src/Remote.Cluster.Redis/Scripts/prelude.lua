-- Stands in front of every script. KEYS[1] is the epoch's key; ARGV[1] the epoch that the caller knows, ARGV[2] the prefix of all keys.
-- Every key has the prefix's hash tag, so that those whose names are only found here lie in the same slot as those in KEYS.
local prefix = ARGV[2]

-- Microseconds of the server's clock: the only clock that counts in here.
local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end

-- Lua would write a large number with an exponent.
local function text(number)
  return string.format('%.0f', number)
end

-- Another one after each start of the server, and another one at a replica that took over. Servers that do not tell have one name.
local function run()
  return string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or 'untold'
end

-- Nil when the server is not in the epoch that the caller knows: it started again, lost its memory, or somebody else began a new one.
local function epoch()
  local values = redis.call('HMGET', KEYS[1], 'id', 'run', 'opens', 'last')
  if values[1] ~= ARGV[1] or values[2] ~= run() then
    return nil
  end
  return { opens = tonumber(values[3]), last = tonumber(values[4]) }
end

-- Milliseconds until locks are granted; 0 when they are. Written down once, so that a clock that is set back later closes nothing again.
local function settling(current)
  if current.opens == 0 then
    return 0
  end
  local left = current.opens - clock()
  if left > 0 then
    return math.ceil(left / 1000)
  end
  return 0
end

local function gone(member)
  return redis.call('EXISTS', prefix .. 'g:' .. member) == 1
end

-- What is stored for an identity. It counts for nothing (live is false) when its member was removed.
local function record(key)
  local values = redis.call('HMGET', key, 'id', 'address', 'member', 'number', 'token')
  if not values[1] then
    return { live = false }
  end
  return {
    id = values[1], address = values[2], member = values[3], number = tonumber(values[4]), token = values[5], live = not gone(values[3]),
  }
end

-- Locks of an earlier epoch are void: nobody can know whether they were held, released or lost when the server ended.
local function valid(token)
  return token and string.sub(token, 1, #ARGV[1] + 1) == ARGV[1] .. ':'
end

local function write(key, name, activation)
  redis.call('HSET', key, 'id', activation.id, 'address', activation.address, 'member', activation.member,
    'number', text(activation.number), 'token', activation.token)
  redis.call('SADD', prefix .. 'm:' .. activation.member, name)
  redis.call('HSETNX', prefix .. 'members', activation.member, text(clock()))
end
