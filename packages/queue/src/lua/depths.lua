--[[
How much is on the queues of a shard.

returns for each queue that holds anything nine: its name, deliveries that wait, that are delayed, that are in flight, dead letters,
        the time in milliseconds when the oldest that waits was accepted, or false; how many their provider has put off, when the oldest
        of these was accepted, or false, and what the provider said to most of them, or false
]]
local function timeOf(queue, id) return id and tonumber(redis.call('HGET', keyOf(queue, id), bull.timestamp) or nil) end

-- What was given back stands in front of older ones, so the oldest may be at either end.
local function oldest(queue)
  local times = {
    timeOf(queue, redis.call('LINDEX', keyOf(queue, bull.wait), 0)) or math.huge,
    timeOf(queue, redis.call('LINDEX', keyOf(queue, bull.wait), -1)) or math.huge,
  }
  local time = math.min(unpack(times))
  return time < math.huge and time or false
end

-- Of a few at random, so that the oldest of one phone do not speak for all.
local function mostSaid(queue)
  local counts, most = {}, false
  for _, id in ipairs(redis.call('ZRANDMEMBER', keyOf(queue, 'later'), 20)) do
    local said = redis.call('HGET', keyOf(queue, id), why)
    if said then
      counts[said] = (counts[said] or 0) + 1
      if not most or counts[said] > counts[most] then most = said end
    end
  end
  return most
end

local active, result = inFlight(), {}
for _, queue in ipairs(redis.call('SMEMBERS', shard .. 'queues')) do
  local waiting = redis.call('LLEN', keyOf(queue, bull.wait))
  local delayed = redis.call('ZCARD', keyOf(queue, bull.delayed))
  local values = {
    queue, waiting, delayed, #(active[queue] or {}), redis.call('ZCARD', keyOf(queue, bull.failed)),
    waiting > 0 and oldest(queue),
    redis.call('ZCARD', keyOf(queue, 'later')),
    tonumber(redis.call('ZRANGE', keyOf(queue, 'later'), 0, 0, 'WITHSCORES')[2] or nil) or false,
    mostSaid(queue),
  }
  for _, value in ipairs(values) do result[#result + 1] = value end
end
return result
