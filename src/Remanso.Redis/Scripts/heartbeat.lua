#!lua flags=allow-oom
-- Notes that a worker is alive, and says who else is. It states anew what all must agree on, should the server have lost it.
-- KEYS workers, meta   ARGV worker, milliseconds, partitions, layout
-- -> the number of partitions in force, then the workers
redis.call('HSETNX', KEYS[2], 'partitions', ARGV[3])
redis.call('HSETNX', KEYS[2], 'layout', ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[2]), ARGV[1])
local workers = redis.call('ZRANGE', KEYS[1], 0, -1)
table.insert(workers, 1, redis.call('HGET', KEYS[2], 'partitions'))
return workers
