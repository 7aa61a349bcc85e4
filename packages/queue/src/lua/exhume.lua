--[[
Takes one dead letter out of the failed set of its queue: back to the end of the line with a full new chance, or
away for good. One atomic step, so that of two operators one succeeds, and a letter that was trimmed meanwhile
comes back for neither.

KEYS  1 failed  2 wait  3 meta  4 marker  5 the job
ARGV  1 id of the job  2 `retry` or `drop`
returns 1, or 0 when it is no longer among the failed
]]
local failed, wait, meta, marker, job = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]

if redis.call('ZREM', failed, ARGV[1]) == 0 then return 0 end
if ARGV[2] == 'drop' then
  redis.call('DEL', job)
  return 1
end

-- What BullMQ and our turns count against a job; left in place, the next crash would bury it again at once.
redis.call('HDEL', job, 'stc', 'crashes', 'atm', 'ats', 'defa', 'failedReason', 'stacktrace', 'finishedOn',
  'processedOn')
redis.call('LPUSH', wait, ARGV[1])
if redis.call('HEXISTS', meta, 'paused') == 0 then
  redis.call('ZADD', marker, 0, '0') -- wakes a waiting worker
end
return 1
