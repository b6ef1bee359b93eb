-- The oldest entries of a stream, as many as have so many bytes together; the first in any case.
-- KEYS stream   ARGV from which on, how many at most, bytes
-- -> {them, as XRANGE has them; 1 where the next one has too many bytes, else 0}
local from, left = ARGV[1], tonumber(ARGV[3])
local read = {}
for i = 1, tonumber(ARGV[2]) do
  -- One by one: the next may be the largest there is.
  local entry = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', '1')[1]
  if not entry then break end
  for _, field in ipairs(entry[2]) do left = left - #field end
  if i > 1 and left < 0 then return {read, 1} end
  read[i] = entry
  from = '(' .. entry[1]
end
return {read, 0}
