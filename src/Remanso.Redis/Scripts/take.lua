#!lua flags=allow-oom
-- Takes what the oldest markers of a partition stand for: a write of their keys from now on queues a new marker.
-- KEYS lease of the partition, state, queue   ARGV the lease, the newest of the markers, how many markers it and the older ones are
-- -> 1; 0 where the lease is lost
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local state = KEYS[2]
local entries, bytes, queued, last, highest, taken = state_of(state)
taken = math.max(taken, tonumber(ARGV[2]))
queued = math.max(0, redis.call('XLEN', KEYS[3]) - ARGV[3])
redis.call('SETRANGE', state, '0', struct.pack('<dddddd', entries, bytes, queued, last, highest, taken))
return 1
