#!lua flags=allow-oom
-- Gives a partition lease back, if it is still this one.
-- KEYS lease of the partition   ARGV the lease
if not holds(KEYS[1], ARGV[1]) then return 0 end
return redis.call('DEL', KEYS[1])
