--[[
Parks an app. What it is parked for already stays, except that a mistake of ours takes the place of an outage.

KEYS  1 parked: hash of app → JSON  2 probe: no round begins before it is gone
ARGV  1 app  2 what it is parked for, JSON  3 now  4 life of a parking after its next probe, JSON: kind → milliseconds
returns what stands, JSON
]]
local app, parked, now, lives = ARGV[1], cjson.decode(ARGV[2]), tonumber(ARGV[3]), cjson.decode(ARGV[4])

-- Those of apps that nobody probes any more end here, since the fields of a hash do not end by themselves.
local longest = 0
for _, life in pairs(lives) do longest = math.max(longest, life) end
local all = redis.call('HGETALL', KEYS[1])
for index = 1, #all, 2 do
  local other = cjson.decode(all[index + 1])
  if other.probeAt + (lives[other.kind] or lives.misconfigured) <= now then redis.call('HDEL', KEYS[1], all[index]) end
end

local standing = redis.call('HGET', KEYS[1], app)
if standing and (parked.kind == 'outage' or cjson.decode(standing).kind ~= 'outage') then return standing end
redis.call('HSET', KEYS[1], app, ARGV[2])
redis.call('PEXPIRE', KEYS[1], math.max(redis.call('PTTL', KEYS[1]), parked.probeAt - now + longest))
redis.call('SET', KEYS[2], '', 'PX', math.max(1, parked.probeAt - now))
return ARGV[2]
