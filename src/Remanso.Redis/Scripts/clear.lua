#!lua flags=allow-oom
-- Drops every clean copy and voids every fill lease of a partition, at once however many there are: those of an older epoch count for
-- nothing. Redis removes them when their time is over.
-- KEYS state   ARGV channel
local _, _, _, _, _, _, _, epoch = state_of(KEYS[1])
redis.call('SETRANGE', KEYS[1], '56', struct.pack('<d', epoch + 1))
redis.call('SPUBLISH', ARGV[1], 'a')
return 1
