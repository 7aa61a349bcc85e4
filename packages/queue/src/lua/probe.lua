--[[
What a probe of a parked app has shown. Several may be under way; those of one round that fail count once.

KEYS  1 parked: hash of app → JSON  2 probe: no round begins before it is gone; 'round' while one is under way
ARGV  1 app  2 now  3 'passed' or 'failed'  4 no probe before this time, or 0
      5 first pause  6 longest pause and  7 further life of the parking, both JSON: kind → milliseconds
returns how many passed in a row; -1 when the app is no longer parked
]]
local app, now = ARGV[1], tonumber(ARGV[2])
local text = redis.call('HGET', KEYS[1], app)
if not text then return -1 end
local parked = cjson.decode(text)
-- A kind that only a newer version knows is as the gravest one.
local longests, lives = cjson.decode(ARGV[6]), cjson.decode(ARGV[7])
local longest = longests[parked.kind] or longests.misconfigured
local life = lives[parked.kind] or lives.misconfigured

local function write()
  redis.call('HSET', KEYS[1], app, cjson.encode(parked))
  redis.call('PEXPIRE', KEYS[1], math.max(redis.call('PTTL', KEYS[1]), parked.probeAt - now + life))
end

if ARGV[3] == 'passed' then
  parked.passes, parked.probeAt = parked.passes + 1, now
  redis.call('DEL', KEYS[2])
  write()
  return parked.passes
end

local pausing = redis.call('GET', KEYS[2]) == ''
if not pausing then parked.probes = parked.probes + 1 end
local pause = math.min(longest, tonumber(ARGV[5]) * 2 ^ math.min(parked.probes, 10))
parked.passes = 0
parked.probeAt = math.max(pausing and parked.probeAt or now + pause, tonumber(ARGV[4]))
redis.call('SET', KEYS[2], '', 'PX', math.max(1, parked.probeAt - now))
write()
return 0
