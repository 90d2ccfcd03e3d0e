-- Whether the epoch is still the one that the caller knows, and what has happened to the caller's members. KEYS: epoch, displacements, then the mark of each
-- member. ARGV: epoch, prefix, then each member. Answers how long no locks are granted, then for each member whether it was removed, and how many
-- of its activations were displaced by a claim.
local current = epoch()
if not current then
  return { 'stale' }
end
local answer = { 'current', text(settling(current)) }
for at = 3, #KEYS do
  answer[#answer + 1] = tostring(redis.call('EXISTS', KEYS[at]))
  answer[#answer + 1] = redis.call('HGET', KEYS[2], ARGV[at]) or '0'
end
return answer
