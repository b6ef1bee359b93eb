#!lua flags=allow-oom
-- Records what the store said of entries of one partition, in one call; what all of them need is read and written once.
-- KEYS lease of the partition, state, dead letters, removals, entries
-- ARGV the lease, channel, the message of what the store has ('' for none); packed: the length of a name without its key, and of the simple entries (settle-simple.lua),
--   which are the first: the caller's clock, the epoch in which they were written, how many they are, the bytes of their keys and values, the highest version; those, packed;
--   then per other entry, packed: kind, version, its mark when it was taken, ttl, grace, in microseconds
--   kind 1 (superseded): the row, packed: version, expires, tombstone; its type, its value, the message of the change, its tags as of when the entry was taken
--   kind 2 (dead letter): key, error, the message of it
-- Lines behind --every belong to the script of caches that keep every version: KEYS has the kept versions of each entry behind it there, none is simple, and ARGV has behind the one of each entry, packed:
--   whether later versions than those that were taken wait, and the bytes of the versions that were taken, each number with those before it
-- -> of each entry that is not settled its place, and 1 where it is still dirty under a newer marker, 2 under the marker with which it was taken; -1 where the lease is lost
if not holds(KEYS[1], ARGV[1]) then return -1 end
local state, channel = KEYS[2], ARGV[2]
local prefix, clock, written, simple, simple_bytes, simple_highest = struct.unpack('<dddddd', ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local entries, bytes, queued, last, highest, taken, letters, epoch, _, _, removed, forgotten, longest = state_of(state)
local span = longest
local gone = {}
local results = {}
local function note(place, result)
  if result > 0 then results[#results + 1] = place; results[#results + 1] = result end
end

