-- KEYS: epoch, record. ARGV: epoch, prefix, name, id, address, member (empty when the caller does not know it).
if not epoch() then
  return { 'stale' }
end
local stored = record(KEYS[2])
if not stored.id then
  return { 'absent' }
end
if stored.id ~= ARGV[4] or stored.address ~= ARGV[5] or (ARGV[6] ~= '' and stored.member ~= ARGV[6]) then
  return { 'other' }
end
redis.call('DEL', KEYS[2])
redis.call('SREM', prefix .. 'm:' .. stored.member, ARGV[3])
return { 'removed' }
