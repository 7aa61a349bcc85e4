--[[
What a probe of a parked app has shown. Several may be under way; those of one round that fail count once.

KEYS  1 parked: JSON  2 probe: no round begins before it is gone; 'round' while one is under way
ARGV  1 now  2 'passed' or 'failed'  3 no probe before this time, or 0
      4 first pause  5 longest pause and  6 further life of the parking, both JSON: kind → milliseconds
returns how many passed in a row; -1 when the app is no longer parked
]]
local text = redis.call('GET', KEYS[1])
if not text then return -1 end
local parked, now = cjson.decode(text), tonumber(ARGV[1])
local longest, life = cjson.decode(ARGV[5])[parked.kind], cjson.decode(ARGV[6])[parked.kind]

local function write()
  redis.call('SET', KEYS[1], cjson.encode(parked), 'PX', math.max(0, parked.probeAt - now) + life)
end

if ARGV[2] == 'passed' then
  parked.passes, parked.probeAt = parked.passes + 1, now
  redis.call('DEL', KEYS[2])
  write()
  return parked.passes
end

local pausing = redis.call('GET', KEYS[2]) == ''
if not pausing then parked.probes = parked.probes + 1 end
local pause = math.min(longest, tonumber(ARGV[4]) * 2 ^ math.min(parked.probes, 10))
parked.passes = 0
parked.probeAt = math.max(pausing and parked.probeAt or now + pause, tonumber(ARGV[3]))
redis.call('SET', KEYS[2], '', 'PX', math.max(1, parked.probeAt - now))
write()
return 0
