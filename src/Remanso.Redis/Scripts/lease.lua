#!lua flags=allow-oom
-- Takes the fill lease of a key that need not have been missed (take-lease.lua is the end of this script).
-- KEYS entry, lease, state   ARGV holder, the lease's milliseconds
-- -> the lease; 0 while another holder has it, or the entry is dirty: a load could read the row from before its flush
local holder, over_dirty = ARGV[1], ''
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local found
local header = header_of(KEYS[1])
if header and string.byte(header, 2) % 2 == 1 then return 0 end
local _, _, _, _, _, _, _, epoch, newest, _, _, _, _, _, leased = state_of(KEYS[3])
