--[[
Has a bell ring for these queues from now on, and at once for what waits in them already. All workers of one choice of
queues have one bell, whichever of them says so.

ARGV  1  bell  2  milliseconds that it lives  then the queues
]]
local bell, life = ARGV[1], tonumber(ARGV[2])
local now = microseconds()
redis.call('ZADD', shard .. 'bells', math.floor(now / 1000) + life, bell)
local waiting = {}
for index = 3, #ARGV do
  local queue = ARGV[index]
  local bells = redis.call('HGET', shard .. 'rings', queue) or ''
  if not string.find(' ' .. bells .. ' ', ' ' .. bell .. ' ', 1, true) then
    redis.call('HSET', shard .. 'rings', queue, bells == '' and bell or bells .. ' ' .. bell)
  end
  if redis.call('EXISTS', keyOf(queue, bull.wait)) == 1 then waiting[#waiting + 1] = queue end
end
for first = 1, #waiting, 1000 do announce({ unpack(waiting, first, math.min(first + 999, #waiting)) }, now) end
return 1
