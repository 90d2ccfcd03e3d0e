-- Which of these activations do not count: another one is stored, or none, or their member was removed. Writes nothing. KEYS: epoch, then the record of
-- each. ARGV: epoch, prefix, member, then name and number of each. Answers confirmed, and the names that are lost.
if not epoch() then
  return { 'stale' }
end
local lost = { 'confirmed' }
for at = 2, #KEYS do
  local stored = record(KEYS[at])
  if not (stored.live and stored.member == ARGV[3] and stored.number == tonumber(ARGV[2 * at + 1])) then
    lost[#lost + 1] = ARGV[2 * at]
  end
end
return lost
