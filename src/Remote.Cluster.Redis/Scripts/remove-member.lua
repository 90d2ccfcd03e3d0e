-- KEYS: epoch, index of the member, members, mark of the removed member, displacements. ARGV: epoch, prefix, member, who asks (0 another,
-- 1 the member itself, finish the member itself that ends what another has begun), microseconds in which others may not remove a young member,
-- milliseconds for which the mark stays, how many records to delete at most.
if not epoch() then
  return { 'stale' }
end
-- A removal that is done is not to be begun again: what the member has stored since then counts.
if ARGV[4] == 'finish' and redis.call('PTTL', KEYS[4]) ~= -1 then
  return { 'finished' }
end
local born = redis.call('HGET', KEYS[3], ARGV[3])
if ARGV[4] == '0' and born and redis.call('EXISTS', KEYS[4]) == 0 then
  local left = born + ARGV[5] - clock()
  if left > 0 then
    return { 'young', text(math.ceil(left / 1000)) }
  end
end
-- From here on nothing of the member counts. What follows only gives memory back, and may take as many calls as it likes.
redis.call('SET', KEYS[4], '1')
local names = redis.call('SPOP', KEYS[2], ARGV[7])
local deleted = 0
for _, name in ipairs(names) do
  local key = prefix .. 'i:' .. name
  if redis.call('HGET', key, 'member') == ARGV[3] then
    deleted = deleted + redis.call('DEL', key)
  end
end
if redis.call('EXISTS', KEYS[2]) == 1 then
  return { 'more', text(deleted) }
end
redis.call('HDEL', KEYS[3], ARGV[3])
redis.call('HDEL', KEYS[5], ARGV[3])
redis.call('PEXPIRE', KEYS[4], ARGV[6])
return { 'done', text(deleted) }
