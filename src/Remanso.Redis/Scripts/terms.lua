#!lua flags=allow-oom
-- States the terms of a partition where there are none, or where nothing in it is bound to others.
-- KEYS state   ARGV the terms
-- -> the terms in force
local entries, _, _, _, _, _, letters, _, _, _, _, _, _, stated = state_of(KEYS[1])
local terms = tonumber(ARGV[1])
if stated ~= terms and (stated == 0 or entries + letters == 0) then
  redis.call('SETRANGE', KEYS[1], '104', struct.pack('<d', terms))
  stated = terms
end
-- Whole from the start, so that no call has to make it longer to read it.
if redis.call('STRLEN', KEYS[1]) < 160 then redis.call('SETRANGE', KEYS[1], '152', string.rep('\0', 8)) end
return stated
