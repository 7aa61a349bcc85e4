--[[
Takes one dead letter out of the failed set of its queue: back to the end of the line with a full new chance, or
away for good. One atomic step, so that of two operators one succeeds, and a letter that was trimmed meanwhile
comes back for neither.

ARGV  1 queue  2 id  3 `retry` or `drop`
returns 1, or 0 when it is no longer among the failed
]]
local queue, id, job = ARGV[1], ARGV[2], keyOf(ARGV[1], ARGV[2])

if redis.call('ZREM', keyOf(queue, bull.failed), id) == 0 then return 0 end
if ARGV[3] == 'drop' then
  redis.call('DEL', job)
  return 1
end

-- What is counted against a job; left in place, the next crash would make a dead letter of it at once.
redis.call('HDEL', job, bull.stalls, strikes, bull.failedReason, bull.finishedOn, bull.processedOn)
putBehind(queue, id)
addWeight(queue, weightOfJob(queue, id))
announce({ queue }, microseconds())
return 1
