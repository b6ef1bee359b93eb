-- The oldest kept versions of a key, as many as have so many bytes together; the first in any case.
-- KEYS kept versions   ARGV from which on, how many at most, bytes
-- -> them, as XRANGE has them
local from, left = ARGV[1], tonumber(ARGV[3])
local read = {}
for i = 1, tonumber(ARGV[2]) do
  -- One by one: the next may be the largest there is.
  local version = redis.call('XRANGE', KEYS[1], from, '+', 'COUNT', '1')[1]
  if not version then break end
  left = left - #version[2][2]
  if i > 1 and left < 0 then break end
  read[i] = version
  from = '(' .. version[1]
end
return read
