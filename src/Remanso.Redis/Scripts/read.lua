#!lua flags=allow-oom
-- Reads one key that a plain look missed, and takes its fill lease if it still is no fresh hit (take-lease.lua is the end of this
-- script). Hits are read without a script.
-- KEYS entry, lease, state, removals   ARGV holder (0: take no lease), the lease's milliseconds
-- -> {lease of a stale entry, -1 for a hit, -2 for one whose lifetime is over; the entry}; a miss: the lease alone
local holder = ARGV[1]
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local _, _, _, _, _, _, _, epoch, newest, _, removed, forgotten = state_of(KEYS[3])
local found
local header = header_of(KEYS[1])
if header then
  local _, flags, kind, tags, _, _, fresh, stale, expires, _, _, since = struct.unpack(ENTRY, header)
  if flags % 2 == 1 then
    -- The store has yet to hear of the value; for readers its lifetime may be over.
    return {expires > 0 and now >= expires and -2 or -1, redis.call('GET', KEYS[1])}
  end
  if since == epoch and now < stale and outlives(KEYS[1], kind, tags_of(KEYS[1], kind, tags), KEYS[4], removed, forgotten) then
    found = redis.call('GET', KEYS[1])
    if now < fresh then return {-1, found} end
  end
end
