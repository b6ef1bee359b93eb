#!lua flags=allow-oom
-- Reads one key that a plain look missed, and takes its fill lease if it still is no fresh hit (take-lease.lua is the end of this
-- script). Hits are read without a script.
-- KEYS entry, lease, state, removals   ARGV holder (0: take no lease), the lease's milliseconds
-- -> {lease of a stale entry, or of a dirty one that has returned, -1 for a hit, -2 for one whose lifetime is over; the entry}; a miss: the lease alone
local holder, over_dirty = ARGV[1], ''
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local _, _, _, _, _, _, _, epoch, newest, _, removed, forgotten, _, _, leased = state_of(KEYS[3])
local found
local header = header_of(KEYS[1])
if header then
  local _, flags, kind, tags, _, version, fresh, stale, expires, _, _, since = struct.unpack(ENTRY, header)
  if flags % 2 == 1 then
    -- The store has yet to hear of the value; for readers its lifetime may be over.
    local over = expires > 0 and now >= expires
    if not has_returned(KEYS[3], since, epoch) then return {over and -2 or -1, redis.call('GET', KEYS[1])} end
    over_dirty = 'd' .. since
    if not over then found = redis.call('GET', KEYS[1]) end
  elseif version <= HIGHEST then
    local ended = since ~= epoch and expired_with(KEYS[3], since, epoch) or nil
    if (since == epoch or ended) and now < stale then
      local fate, expired = judge_tags(KEYS[1], kind, tags_of(KEYS[1], kind, tags), KEYS[4], removed, forgotten)
      if fate == 1 then ended = math.min(ended or expired, expired) end
      if fate < 2 and not ended then
        found = redis.call('GET', KEYS[1])
        if now < fresh then return {-1, found} end
      elseif fate < 2 and flags == 0 and stale > fresh then
        make_stale(KEYS[1], fresh, ended, now, epoch)
        if tags > 0 then redis.call('SETRANGE', KEYS[1], 72 + kind, struct.pack('<d', removed)) end
        found = redis.call('GET', KEYS[1])
      end
    end
  end
end
