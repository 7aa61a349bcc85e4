--[[
Looks over a shard, so that what was lost on the way costs seconds and no more: a queue with work that is in nobody's line
(a worker died in the middle, or a tool of BullMQ's moved the job), a bell that has no workers any more, a queue that is empty.
Draws the lists of active jobs for BullMQ's tools, which nothing of ours reads. One look in a while is enough, of whichever worker.

ARGV  1  bell of the worker  2  milliseconds that it lives from now on  3  least time between two looks, milliseconds
returns { 1 if nobody knows the bell any more, so that its queues have to be told anew, 1 if nothing is left on the shard }
]]
local now = microseconds()
local nowMs = math.floor(now / 1000)

local function silenceDeadBells()
  local dead = redis.call('ZRANGEBYSCORE', shard .. 'bells', '-inf', nowMs)
  if #dead == 0 then return end
  local isDead = {}
  for _, bell in ipairs(dead) do
    isDead[bell] = true
    redis.call('DEL', shard .. 'bell:' .. bell, shard .. 'ready:' .. bell)
  end
  redis.call('ZREM', shard .. 'bells', unpack(dead))
  local rings = redis.call('HGETALL', shard .. 'rings')
  for index = 1, #rings, 2 do
    local living = {}
    for bell in string.gmatch(rings[index + 1], '%S+') do
      if not isDead[bell] then living[#living + 1] = bell end
    end
    if #living == 0 then redis.call('HDEL', shard .. 'rings', rings[index])
    else redis.call('HSET', shard .. 'rings', rings[index], table.concat(living, ' ')) end
  end
end

local function mend(queue, active)
  local key = keyOf(queue, bull.active)
  redis.call('DEL', key)
  for first = 1, #active, 1000 do redis.call('RPUSH', key, unpack(active, first, math.min(first + 999, #active))) end
  local next = redis.call('ZRANGE', keyOf(queue, bull.delayed), 0, 0, 'WITHSCORES')
  if next[2] then redis.call('ZADD', shard .. 'due', 'LT', math.floor(next[2] / bull.scoresPerMs), queue) end
  local waits = redis.call('EXISTS', keyOf(queue, bull.wait)) == 1
  if waits then announce({ queue }, now) end
  if not waits and not next[2] then redis.call('HDEL', shard .. 'weights', queue) end
  if not waits and not next[2] and #active == 0 and redis.call('EXISTS', keyOf(queue, bull.failed)) == 0 then
    redis.call('SREM', shard .. 'queues', queue)
    redis.call('DEL', keyOf(queue, 'later'))
  end
end

if redis.call('SET', shard .. 'looked', '', 'NX', 'PX', ARGV[3]) then
  silenceDeadBells()
  local active = inFlight()
  for queue in pairs(active) do redis.call('SADD', shard .. 'queues', queue) end
  for _, queue in ipairs(redis.call('SMEMBERS', shard .. 'queues')) do mend(queue, active[queue] or {}) end
end
local isKnown = redis.call('ZSCORE', shard .. 'bells', ARGV[1])
if isKnown then redis.call('ZADD', shard .. 'bells', nowMs + ARGV[2], ARGV[1]) end
return { isKnown and 0 or 1, redis.call('EXISTS', shard .. 'queues') == 0 and 1 or 0 }
