#!lua flags=allow-oom
-- States under which server a partition is served. Where that is another than before, the data may be older than what was answered from it: every clean copy and
-- every fill lease of it is void from now on, and what is dirty has returned: it is compared with its row before it counts. It stands alone, without layout.lua: it is sent with its text on each new connection.
-- KEYS state   ARGV channel, the server's reign (0: not known), 1 to void in any case
-- -> 1 where it was voided
local function number(at)
  local text = redis.call('GETRANGE', KEYS[1], at, at + 7)
  return #text == 8 and struct.unpack('<d', text) or 0
end
local reign = tonumber(ARGV[2])
if ARGV[3] == '0' and number(112) == reign then return 0 end
-- By the clock, so that no epoch comes again that the server may have forgotten.
local epoch = math.max(number(56) + 1, tonumber(redis.call('TIME')[1]))
redis.call('SETRANGE', KEYS[1], 56, struct.pack('<d', epoch))
redis.call('SETRANGE', KEYS[1], 112, struct.pack('<d', reign))
redis.call('SETRANGE', KEYS[1], 144, struct.pack('<d', epoch))
redis.call('SPUBLISH', ARGV[1], 'a')
return 1
