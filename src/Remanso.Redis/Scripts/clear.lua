#!lua flags=allow-oom
-- Drops every clean copy and voids every fill lease of a partition, at once however many there are: those of an older epoch count for
-- nothing. Redis removes them when their time is over.
-- KEYS state   ARGV channel
redis.call('HINCRBY', KEYS[1], 'i', 1)
redis.call('SPUBLISH', ARGV[1], 'a')
return 1
