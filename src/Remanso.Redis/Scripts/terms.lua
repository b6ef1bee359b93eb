#!lua flags=allow-oom
-- States the terms of a partition where there are none, or where nothing in it is bound to others. Its copies stay where those were terms of the same
-- store, and go with them in the same step where they were another's. The lease goes in any case: who holds it would store what is written from now on in his way.
-- KEYS state, lease of the partition   ARGV the terms, those of the same store in the other mode, channel, the turn: a lower one than the partition's restates nothing
-- -> the terms in force, and their turn
local entries, _, _, _, _, _, letters, epoch, _, _, _, _, _, stated = state_of(KEYS[1])
local terms, turn = tonumber(ARGV[1]), tonumber(ARGV[4])
local under = redis.call('GETRANGE', KEYS[1], '160', '167')
under = #under == 8 and struct.unpack('<d', under) or 0
if stated ~= terms and (stated == 0 or (turn >= under and entries + letters == 0)) then
  redis.call('SETRANGE', KEYS[1], '104', struct.pack('<d', terms))
  if stated == 0 then
    -- Of an empty partition: its birth, by which others see that it is not the one that they knew.
    local time = redis.call('TIME')
    redis.call('SETRANGE', KEYS[1], '160', struct.pack('<dd', under, time[1] * 1000000 + time[2]))
  end
  if stated ~= 0 then redis.call('DEL', KEYS[2]) end
  if stated ~= 0 and stated ~= tonumber(ARGV[2]) then
    redis.call('SETRANGE', KEYS[1], '56', struct.pack('<d', epoch + 1))
    redis.call('SPUBLISH', ARGV[3], 'a')
  end
  stated = terms
end
if stated == terms and turn > under then under = turn end
-- Whole from the start, so that no call has to make it longer to read it.
redis.call('SETRANGE', KEYS[1], '160', struct.pack('<d', under))
return {stated, under}
