#!lua flags=allow-oom
-- Queues the current values of dead letters again.
-- KEYS state, queue, dead letters, entries   ARGV channel, markers that make a batch, keys
-- -> how many were dead letters
local state, batch, replayed = KEYS[1], tonumber(ARGV[2]), 0
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local entries, bytes, queued, last, highest, _, letters = state_of(state)
local wanted = false
for i = 3, #ARGV do
  local key, entry = ARGV[i], KEYS[i + 1]
  local header = header_of(entry, true)
  if header then
    local _, flags, _, _, length, _, fresh, stale, _, _, letter = struct.unpack(ENTRY, header)
    if flags >= 4 then
      last = math.max(last + 1, now)
      redis.call('XADD', KEYS[2], last, 'k', key)
      redis.call('SETRANGE', entry, '1', string.char(flags - 4))
      redis.call('SETRANGE', entry, '56', struct.pack('<d', last))
      redis.call('XDEL', KEYS[3], letter)
      -- A dirty entry has in the place of its TTL how many versions are kept beside it, and their bytes.
      entries, bytes, queued = entries + 1 + fresh, bytes + #key + length + stale, queued + 1
      wanted = wanted or queued == batch
      replayed = replayed + 1
    end
  end
end
if replayed > 0 then
  redis.call('SETRANGE', state, '0', struct.pack('<ddddd', entries, bytes, queued, last, highest))
  redis.call('SETRANGE', state, '48', struct.pack('<d', letters - replayed))
end
if wanted then redis.call('SPUBLISH', ARGV[1], 'w') end
return replayed
