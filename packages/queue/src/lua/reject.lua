--[[
Records a registration as dead. An older one that is found dead later does not bring a younger dead one back to
life, so the youngest stands. One that was never known has a short life, prolonged while notifies ask for it (admit.lua).
An app has so many on a shard; beyond that those go first that would end first: strangers', then the oldest.

KEYS  1 rejection key  2 hash of the app's known registrations on this shard: PREFIXknown
ARGV  1 pushkey_ts of the registration, seconds  2 life of the rejection, milliseconds  3 the most rejections
      4 registration  5 now, milliseconds
]]
local prefix, registration, now = string.sub(KEYS[2], 1, -6), ARGV[4], tonumber(ARGV[5])
local deadOfShard = string.sub(KEYS[1], 1, -#registration - 1)
local life = rejectionLife(knownPlace(prefix, now), registration, tonumber(ARGV[2]))
local dead = math.max(tonumber(ARGV[1]), tonumber(string.match(redis.call('GET', KEYS[1]) or '', '^%S+') or -1))
local askedTs = math.floor(now / 1000)
redis.call('SET', KEYS[1], string.format('%.0f %d', dead, askedTs), 'PX', life)

-- By when they end: registrations, since each can be found by it alone. A few more leave than come.
local ends, atOnce = prefix .. 'dead', 20
redis.call('ZADD', ends, now + life, registration)
redis.call('PEXPIRE', ends, ARGV[2])
for _, over in ipairs(redis.call('ZRANGEBYSCORE', ends, '-inf', now, 'LIMIT', 0, atOnce)) do redis.call('ZREM', ends, over) end
local tooMany = redis.call('ZCARD', ends) - tonumber(ARGV[3])
local first = tooMany > 0 and redis.call('ZPOPMIN', ends, math.min(tooMany, atOnce)) or {}
for index = 1, #first, 2 do redis.call('DEL', deadOfShard .. first[index]) end
return 1
