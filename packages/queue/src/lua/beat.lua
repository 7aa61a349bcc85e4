--[[
A worker says that it lives and what it takes. By the clock of Redis, so that workers whose clocks differ do not
take each other for dead.

KEYS  1 workers: a sorted set, scored by the time until which a worker counts as alive  2 hash: what each takes
ARGV  1 the worker  2 what it takes  3 for how long it counts, milliseconds
]]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local vanished = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)
-- First, and whether or not there is something to remove: after it Redis takes the rest when its memory is full, too.
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
for _, worker in ipairs(vanished) do redis.call('HDEL', KEYS[2], worker) end
redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 1
