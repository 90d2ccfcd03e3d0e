-- KEYS: epoch, lock. ARGV: epoch, prefix, token. A token is given out once, so its own epoch does not matter.
if redis.call('GET', KEYS[2]) == ARGV[3] then
  redis.call('DEL', KEYS[2])
  return { 'released' }
end
return { 'lost' }
