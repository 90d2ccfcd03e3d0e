-- Whether the epoch is still the one that the caller knows, and what has happened to the caller's members. KEYS: epoch, displacements, then the mark of each
-- member. ARGV: epoch, prefix, then each member. Answers how long no locks are granted, then for each member whether it was removed (0 no, 1 yes, 2 yes,
-- and the removal is not done), and how many of its activations were displaced by a claim.
local current = epoch()
if not current then
  return { 'stale' }
end
local function removed(mark)
  local left = redis.call('PTTL', mark)
  if left == -2 then
    return '0'
  end
  -- Only the last script of a removal gives the mark an end.
  return left == -1 and '2' or '1'
end
local answer = { 'current', text(settling(current)) }
for at = 3, #KEYS do
  answer[#answer + 1] = removed(KEYS[at])
  answer[#answer + 1] = redis.call('HGET', KEYS[2], ARGV[at]) or '0'
end
return answer
