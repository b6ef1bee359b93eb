#!lua flags=allow-oom
-- Drops the clean copies of keys and voids their fill leases; and what is no entry at all, which has no other way out.
-- KEYS state, per key entry, lease   ARGV channel, keys
for i = 2, #ARGV do
  local entry = KEYS[2 * i - 2]
  local lease = redis.call('GETDEL', KEYS[2 * i - 1])
  if lease and string.sub(lease, -1) == 'w' then redis.call('SPUBLISH', ARGV[1], 'f' .. ARGV[i]) end
  local start = redis.pcall('GETRANGE', entry, '0', '1')
  if type(start) == 'table' or (start ~= '' and (#start < 2 or string.byte(start, 1) ~= 1 or string.byte(start, 2) % 2 == 0)) then
    redis.call('DEL', entry)
  elseif start ~= '' then
    -- It stays until it is stored, and leaves no copy then: others may have changed the row since it was saved.
    redis.call('SETRANGE', entry, '3', '\2')
  end
  redis.call('SPUBLISH', KEYS[1], 'c' .. struct.pack('<d', 0) .. ARGV[i])
end
return #ARGV - 1
