#!lua flags=allow-oom
-- Takes what the oldest markers of a partition stand for: a write of their keys from now on queues a new marker.
-- KEYS lease of the partition, state, queue   ARGV the lease, the newest of the markers, how many markers it and the older ones are
-- -> the number of the last removal by tag or fill lease: the store's rows, read from now on, are newer; -1 where the lease is lost
if not holds(KEYS[1], ARGV[1]) then return -1 end
local state = KEYS[2]
local entries, bytes, queued, last, highest, taken, _, _, number = state_of(state)
taken = math.max(taken, tonumber(ARGV[2]))
queued = math.max(0, redis.call('XLEN', KEYS[3]) - ARGV[3])
redis.call('SETRANGE', state, '0', struct.pack('<dddddd', entries, bytes, queued, last, highest, taken))
return number
