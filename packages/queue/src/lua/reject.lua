--[[
Records a registration as dead. An older one that is found dead later does not bring a younger dead one back to
life, so the youngest stands. One that was never known has a short life, until a notify asks for it (admit.lua).

It stands in a list of the app's rejections on the shard, too. What is no more leaves the list by chance: each new one looks at
two others, so that the list is at most some twice as long as there are rejections.

KEYS  1 rejection key  2 hash of the app's known registrations on this shard: PREFIXknown
ARGV  1 pushkey_ts of the registration, seconds  2 life of the rejection, milliseconds  3 of one that was never known
      4 registration  5 now, milliseconds
]]
local place = knownPlace(string.sub(KEYS[2], 1, -6), tonumber(ARGV[5]))
local life = isKnown(place, ARGV[4]) and ARGV[2] or ARGV[3]
local rejections = string.sub(KEYS[2], 1, -6) .. 'dead'
for _, other in ipairs(redis.call('ZRANDMEMBER', rejections, 2)) do
  if redis.call('EXISTS', string.sub(KEYS[1], 1, -#ARGV[4] - 1) .. other) == 0 then redis.call('ZREM', rejections, other) end
end
redis.call('ZADD', rejections, 'NX', ARGV[5], ARGV[4])
redis.call('PEXPIRE', rejections, math.max(2 * ARGV[2], redis.call('PTTL', rejections)))

local dead = math.max(tonumber(ARGV[1]), tonumber(string.match(redis.call('GET', KEYS[1]) or '', '^%S+') or -1))
local askedTs = math.floor(ARGV[5] / 1000)
return redis.call('SET', KEYS[1], string.format('%.0f %d', dead, askedTs), 'PX', life)
