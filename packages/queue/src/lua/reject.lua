--[[
Records a registration as dead. An older one that is found dead later does not bring a younger dead one back to
life, so the youngest stands.

KEYS  1 rejection key
ARGV  1 pushkey_ts of the registration, seconds  2 life of the rejection, milliseconds
]]
local known = tonumber(redis.call('GET', KEYS[1]) or '-1')
return redis.call('SET', KEYS[1], math.max(known, tonumber(ARGV[1])), 'PX', ARGV[2])
