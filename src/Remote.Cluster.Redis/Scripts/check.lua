-- Whether the epoch is still the one that the caller knows.
local current = epoch()
if not current then
  return { 'stale' }
end
return { 'current', text(settling(current)) }
