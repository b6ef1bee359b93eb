-- Who uses a cache.
-- KEYS meta, workers
-- -> its partitions (0: not known), for how many milliseconds no process has agreed with its terms, how many workers are alive
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local seen = tonumber(redis.call('HGET', KEYS[1], 'seen')) or 0
return {
  tonumber(redis.call('HGET', KEYS[1], 'partitions')) or 0,
  now - seen,
  redis.call('ZCOUNT', KEYS[2], string.format('(%.0f', now), '+inf'),
}
