-- After a new epoch began: what a member knows to be running on it. KEYS: epoch. ARGV: epoch, prefix, member, then name, id, address,
-- number and token of each activation. Answers claimed, and the names that others have meanwhile.
local current = epoch()
if not current then
  return { 'stale' }
end
local lost = { 'claimed' }
local member = ARGV[3]
if gone(member) then
  for at = 4, #ARGV, 5 do
    lost[#lost + 1] = ARGV[at]
  end
  return lost
end
local last = current.last
for at = 4, #ARGV, 5 do
  local name = ARGV[at]
  local key = prefix .. 'i:' .. name
  local number = tonumber(ARGV[at + 3])
  local stored = record(key)
  if stored.live and stored.number > number then
    lost[#lost + 1] = name
  elseif not (stored.live and stored.number == number and stored.member == member) then
    write(key, name, { id = ARGV[at + 1], address = ARGV[at + 2], member = member, number = number, token = ARGV[at + 4] })
    redis.call('DEL', prefix .. 'l:' .. name)
    if stored.member and stored.member ~= member then
      redis.call('SREM', prefix .. 'm:' .. stored.member, name)
      -- It may have claimed before, and believe that it has the identity: its next check shows it that it should ask.
      if stored.live then
        redis.call('HINCRBY', prefix .. 'displaced', stored.member, 1)
      end
    end
  end
  last = math.max(last, number)
end
redis.call('HSET', KEYS[1], 'last', text(last))
-- Nobody gets a lock while somebody is still telling what runs.
local left = settling(current)
if left > 0 and left < 1000 then
  redis.call('HSET', KEYS[1], 'opens', text(clock() + 1000000))
end
return lost
