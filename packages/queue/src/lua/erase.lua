--[[
Takes deliveries away for good, wherever they stand: waiting, delayed, in flight or among the dead letters. A worker that has one
in flight may still send it, and what it makes of it finds nothing any more.

ARGV  for each delivery two: its queue, its id
returns how many were there
]]
local workers = redis.call('ZRANGE', shard .. 'workers', 0, -1)
local erased = 0
for index = 1, #ARGV, 2 do
  local queue, id = ARGV[index], ARGV[index + 1]
  local weight = weightOfJob(queue, id)
  local waited = redis.call('LREM', keyOf(queue, bull.wait), 0, id) + redis.call('ZREM', keyOf(queue, bull.delayed), id)
  if waited > 0 then addWeight(queue, -weight) end
  redis.call('ZREM', keyOf(queue, 'later'), id)
  redis.call('ZREM', keyOf(queue, bull.failed), id)
  for _, token in ipairs(workers) do redis.call('SREM', shard .. 'in-flight:' .. token, queue .. ':' .. id) end
  erased = erased + redis.call('DEL', keyOf(queue, id))
end
return erased
