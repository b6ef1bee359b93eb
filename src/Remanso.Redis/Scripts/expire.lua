#!lua flags=allow-oom
-- Ends the time for which the clean copies of keys are fresh, and voids their fill leases. They stay for their grace period, for readers whose load fails; what has none is dropped, as is what says that a key is absent.
-- KEYS state, per key entry, lease   ARGV channel, keys
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
-- Processes judge by their idea of this clock.
local over = now - 1000000
for i = 2, #ARGV do
  local entry = KEYS[2 * i - 2]
  local lease = redis.call('GETDEL', KEYS[2 * i - 1])
  if lease and string.sub(lease, -1) == 'w' then redis.call('SPUBLISH', ARGV[1], 'f' .. ARGV[i]) end
  local header = header_of(entry, true)
  if header then
    local _, flags, _, _, _, _, fresh, stale = struct.unpack(ENTRY, header)
    if flags % 2 == 0 then
      if flags ~= 0 or stale <= now or stale <= fresh then
        redis.call('DEL', entry)
      elseif fresh > over then
        redis.call('SETRANGE', entry, '24', struct.pack('<d', over))
      end
    elseif string.byte(header, 4) == 0 then
      -- Once it is stored it is stale: others may have changed the row since it was saved.
      redis.call('SETRANGE', entry, '3', '\1')
    end
  end
  redis.call('SPUBLISH', KEYS[1], 'c' .. struct.pack('<d', 0) .. ARGV[i])
end
return #ARGV - 1
