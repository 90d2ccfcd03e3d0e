-- Takes part in the epoch that the server is in, or begins one. ARGV: id of a new epoch (in the place of the known one), prefix,
-- settling time in microseconds. Answers joined/begun, id, milliseconds until locks are granted, and the epoch before.
local values = redis.call('HMGET', KEYS[1], 'id', 'run', 'opens', 'last')
local current = run()
if values[1] and values[2] == current then
  return { 'joined', values[1], text(settling({ opens = tonumber(values[3]) })), '' }
end
local opens = 0
if tonumber(ARGV[3]) > 0 then
  opens = clock() + ARGV[3]
end
redis.call('HSET', KEYS[1], 'id', ARGV[1], 'run', current, 'opens', text(opens), 'last', values[4] or '0')
return { 'begun', ARGV[1], text(settling({ opens = opens })), values[1] or '' }
