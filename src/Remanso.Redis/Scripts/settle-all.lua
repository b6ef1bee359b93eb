settle_simple()
local place, at, i = simple, simple + 5, 6
while ARGV[i] do
  local how, wanted, marked, ttl, grace = struct.unpack('<Bdddd', ARGV[i])
  note(place, settle(at, how, wanted, marked, ttl, grace, i + 1))
  place, at, i = place + 1, at + 1, i + (how == 0 and 1 or how == 1 and 6 or 4)
  --every at, i = at + 1, i + 1
end

if #gone > 0 then redis.call('XDEL', KEYS[3], unpack(gone)) end
if span > longest then redis.call('SETRANGE', state, '96', struct.pack('<d', span)) end
redis.call('SETRANGE', state, '0', struct.pack('<ddddddd', entries, bytes, queued, last, highest, taken, letters))
-- One message for all: a flush of many entries is no burst of signals.
if ARGV[3] ~= '' then redis.call('SPUBLISH', channel, ARGV[3]) end
return results
