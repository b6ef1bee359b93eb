#!lua flags=allow-oom
-- Removes markers that stand for nothing any more, and says how many dirty entries are gone that nobody settled: each has its marker in the queue, so there are never more of them than markers.
-- Lines behind --every belong to the script of caches that keep every version, where an entry counts for each of its versions.
-- KEYS lease of the partition, state, queue   ARGV the lease, the reign under which the markers were read, markers
-- -> how many are gone; -1 where the lease is lost
if not holds(KEYS[1], ARGV[1]) then return -1 end
if #ARGV > 2 then
  if not reigns(KEYS[2], ARGV[2]) then return 0 end
  redis.call('XDEL', KEYS[3], unpack(ARGV, 3))
end
local entries, bytes = state_of(KEYS[2])
local left = redis.call('XLEN', KEYS[3])
local most = left
--every if left > 0 then most = entries end
if entries <= most then return 0 end
redis.call('SETRANGE', KEYS[2], '0', struct.pack('<dd', most, math.floor(bytes * most / entries)))
if left == 0 then redis.call('SETRANGE', KEYS[2], '16', string.rep('\0', 8)) end
return entries - most
