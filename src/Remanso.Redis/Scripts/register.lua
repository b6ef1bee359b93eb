#!lua flags=allow-oom
-- Notes that a process is there and what it says of itself, in the place of what it said before, and forgets those that were silent too long.
-- KEYS processes   ARGV process, for how many milliseconds it is remembered, what it says (empty: it has ended), how many are remembered at most
-- -> how many are
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local mine = ARGV[1] .. ' '
local card = mine .. ARGV[2] .. ' ' .. ARGV[3]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
local known = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
for i = 1, #known, 2 do
  local most = now + (tonumber(string.match(known[i], '^%S+ (%d+) ')) or 0)
  if string.sub(known[i], 1, #mine) == mine and known[i] ~= card then
    redis.call('ZREM', KEYS[1], known[i])
  elseif tonumber(known[i + 1]) > most then
    -- Nobody is remembered longer than from now on: the clock was ahead for a moment.
    redis.call('ZADD', KEYS[1], string.format('%.0f', most), known[i])
  end
end
if ARGV[3] ~= '' then
  redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[2]), card)
  redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -ARGV[4] - 1)
  -- A cache that nobody uses any more leaves nothing behind.
  if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
end
return redis.call('ZCARD', KEYS[1])
