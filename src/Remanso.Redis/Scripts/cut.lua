#!lua flags=allow-oom
-- Removes the oldest markers of a partition, which have nothing left to say.
-- KEYS lease of the partition, state, queue   ARGV the lease, the reign under which they were read, the newest of them
-- -> how many dirty entries are gone that nobody settled; -1 where the lease is lost
if not holds(KEYS[1], ARGV[1]) then return -1 end
if not reigns(KEYS[2], ARGV[2]) then return 0 end
redis.call('XTRIM', KEYS[3], 'MINID', string.format('%.0f', ARGV[3] + 1))
if redis.call('XLEN', KEYS[3]) > 0 then return 0 end
-- Every dirty entry has its marker in the queue: what is counted beyond was deleted behind our back.
local entries = state_of(KEYS[2])
redis.call('SETRANGE', KEYS[2], '0', string.rep('\0', 24))
return entries
