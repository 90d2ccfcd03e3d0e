-- KEYS: epoch, record, lock. ARGV: epoch, prefix, name, token, id, address, member.
local current = epoch()
if not current then
  return { 'stale' }
end
local stored = record(KEYS[2])
if stored.live and stored.token == ARGV[4] and stored.id == ARGV[5] and stored.address == ARGV[6] and stored.member == ARGV[7] then
  -- Stored before, and the answer was lost on its way: the caller tries again and may not be told that it failed.
  return { 'stored', text(stored.number) }
end
local token = redis.call('GET', KEYS[3])
if token ~= ARGV[4] or not valid(token) then
  return { 'lost' }
end
if gone(ARGV[7]) then
  return { 'gone' }
end
if stored.live then
  return { 'active', stored.id, stored.address, stored.member }
end
-- Newer than everything stored before, also when the clock was set back: this decides between two claims after a loss of memory.
local number = math.max(clock(), current.last + 1)
redis.call('HSET', KEYS[1], 'last', text(number))
write(KEYS[2], ARGV[3], { id = ARGV[5], address = ARGV[6], member = ARGV[7], number = number, token = ARGV[4] })
redis.call('DEL', KEYS[3])
return { 'stored', text(number) }
