-- Drops the clean copies of keys and voids their fill leases.
-- KEYS per key entry, lease   ARGV channel, keys
for i = 2, #ARGV do
  local entry = KEYS[2 * i - 3]
  redis.call('DEL', KEYS[2 * i - 2])
  if (redis.call('HGET', entry, 's') or 0) % 2 == 0 then redis.call('DEL', entry) end
  redis.call('SPUBLISH', ARGV[1], 'c0 ' .. ARGV[i])
end
return #ARGV - 1
