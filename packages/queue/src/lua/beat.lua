--[[
A worker says that it lives and which lanes of an app it takes. By the clock of Redis, so that workers whose clocks
differ do not bury each other.

KEYS  1 the app's workers: a sorted set, scored by the time until which a worker counts as alive
ARGV  1 the worker with its lanes  2 for how long it counts, milliseconds
]]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
-- First, and whether or not there is something to remove: after it Redis takes the rest when its memory is full, too.
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
