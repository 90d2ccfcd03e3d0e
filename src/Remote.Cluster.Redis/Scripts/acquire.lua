-- KEYS: epoch, record, lock. ARGV: epoch, prefix, token, expiry in milliseconds. What is stored of a removed member is in nobody's way.
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
redis.call('SET', KEYS[3], ARGV[3], 'PX', ARGV[4])
if current.opens ~= 0 then
  redis.call('HSET', KEYS[1], 'opens', '0')
end
return { 'taken' }
