-- Tries each command that scripts of the tier run, on names that nobody else uses, and removes what that made.
-- KEYS string, hash, sorted set, stream   ARGV channel
-- -> the commands that this user may not run so
local denied = {}
local function may(...)
  local reply = redis.pcall(...)
  local text = type(reply) == 'table' and reply.err and string.lower(reply.err) or ''
  if string.find(text, 'noperm', 1, true) or string.find(text, 'user executing the script', 1, true)
    or string.find(text, 'acl failure', 1, true) or string.find(text, 'unknown redis command', 1, true) then
    denied[#denied + 1] = string.lower((...))
    return false
  end
  return true
end
may('TIME')
may('EXISTS', KEYS[1]) may('STRLEN', KEYS[1]) may('GET', KEYS[1]) may('MGET', KEYS[1]) may('GETRANGE', KEYS[1], '0', '1') may('PTTL', KEYS[1])
may('HGET', KEYS[2], 'f') may('HGETALL', KEYS[2])
may('ZCARD', KEYS[3]) may('ZCOUNT', KEYS[3], '0', '1') may('ZMSCORE', KEYS[3], 'm') may('ZRANGE', KEYS[3], '0', '-1') may('ZRANGEBYSCORE', KEYS[3], '0', '1')
may('XLEN', KEYS[4]) may('XRANGE', KEYS[4], '-', '+')
may('GETDEL', KEYS[1]) may('PEXPIRE', KEYS[1], '1000')
may('ZREM', KEYS[3], 'm') may('ZREMRANGEBYRANK', KEYS[3], '0', '0') may('ZREMRANGEBYSCORE', KEYS[3], '0', '1')
may('XDEL', KEYS[4], '1-1') may('XTRIM', KEYS[4], 'MAXLEN', '1')
may('SPUBLISH', ARGV[1], '')
-- What makes something only where it can be removed again.
if may('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4]) then
  may('SET', KEYS[1], '1') may('MSET', KEYS[1], '1') may('SETRANGE', KEYS[1], '0', '1') may('HSET', KEYS[2], 'f', '1') may('ZADD', KEYS[3], '1', 'm') may('XADD', KEYS[4], '1-1', 'f', '1')
  redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
end
return denied
