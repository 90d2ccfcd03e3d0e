-- KEYS: epoch, record, lock. Writes nothing.
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
return { 'free' }
