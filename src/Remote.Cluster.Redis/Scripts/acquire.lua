-- KEYS: epoch, record, lock. ARGV: epoch, prefix, name, token, expiry in milliseconds.
local current = epoch()
if not current then
  return { 'stale' }
end
local stored = record(KEYS[2])
if stored.live then
  return { 'active', stored.id, stored.address, stored.member }
end
local left = settling(current)
if left > 0 then
  return { 'settling', text(left) }
end
local token = redis.call('GET', KEYS[3])
if valid(token) then
  return { 'locked', token }
end
redis.call('SET', KEYS[3], ARGV[4], 'PX', ARGV[5])
if current.opens ~= 0 then
  redis.call('HSET', KEYS[1], 'opens', '0')
end
if stored.id then
  redis.call('DEL', KEYS[2])
  redis.call('SREM', prefix .. 'm:' .. stored.member, ARGV[3])
end
return { 'taken' }
