--[[
One tick of an app's fuse (invariants 7, 14 and 15). Adds what a worker saw; says whether it proves a mistake of ours, and
which suspects have waited out the window and may become rejections.

What counts as proof are counted registrations: known ones, or, while the app has had no push accepted, any that was
sent to. Each counts once.

  wave     as many counted suspects as min_samples since anything was accepted; or, of min_samples counted registrations
           that were sent to in the window, more than `share` are suspects
  doubt    an answer that may be one registration's fault came of `doubters` counted ones since anything was accepted

Both make everything void that was sent until now, or in the next moments by a worker that has not heard yet.

Five counted suspects or more in a row, with nothing accepted between, are too many for chance: they alone are void, and the
app goes on.

KEYS  1 state: hash of `accepted` (when the last accepted push was sent), `void` (what was sent until then is void)
      2 suspects that count: sorted set of registrations by when they were sent to
      3 other suspects: the same
      4 particulars of both: hash of registration → "shard:pushkey_ts"
      5 doubts: sorted set of "reason registration" by when it was sent to
      6 prefix of the registrations that were sent to: a HyperLogLog for each tenth of a window
ARGV  1 now  2 window, milliseconds  3 min_samples  4 share
      5 when the last accepted push was sent, or 0
      6 number of registrations that were accepted  7 of suspects  8 of doubts  9 of rows
      then the accepted ones, as any number that stands for them
      then for each suspect five: registration, particulars, when it was sent to, whether it may count (2 known, 1 sent, 0 neither),
           the number that stands for it
      then for each doubt four: registration, reason, when it was sent to, whether it may count
      then for each row of known suspects between two accepted pushes, too long for chance, two: when its first and last were sent to
      then for each registration whose suspicion ends two: itself, when the push was sent that was accepted
returns { wave 0 or 1, suspects that wait and count, others, reason of a doubt that is proven or '', whether anything was ever accepted,
          then for each suspect that is due two: registration, particulars }
]]
local state, counted, others, particulars, doubts = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local now, window, minSamples, share = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local slot = math.floor(now / math.max(1, math.floor(window / 10)))
local stateMs = 90 * 86400000
-- Suspects of strangers that are remembered; the oldest go first.
local mostOthers = 10000
-- Counted suspects in a row, without anything accepted, that are too many for chance. With a share of 1 an operator says
-- that they are as dead as they seem.
local row = share < 1 and 5 or math.huge
local wholeWave = share < 1 and minSamples or math.huge
local doubters, doubtMs = 3, 600000
-- As long as a worker may take to hear that the app is parked.
local graceMs = 2000

local lastAccepted, void = unpack(redis.call('HMGET', state, 'accepted', 'void'))
local anyoneAccepted = lastAccepted and true
lastAccepted, void = tonumber(lastAccepted or 0), tonumber(void or 0)
if tonumber(ARGV[5]) > lastAccepted then
  lastAccepted = tonumber(ARGV[5])
  redis.call('HSET', state, 'accepted', ARGV[5])
  redis.call('PEXPIRE', state, stateMs)
  -- Those that counted for want of known ones count no more; too many in a row are void.
  if not anyoneAccepted and redis.call('ZCARD', counted) < row then
    redis.call('ZUNIONSTORE', others, 2, others, counted)
  end
  if not anyoneAccepted then redis.call('DEL', counted) end
  anyoneAccepted = true
end

local wasEverAccepted = anyoneAccepted and 1 or 0
local cursor = 10
local function take()
  cursor = cursor + 1
  return ARGV[cursor - 1]
end
local function counts(mayCount)
  return mayCount == '2' or (mayCount == '1' and not anyoneAccepted)
end

local sentTo = KEYS[6] .. slot
local function noteSentTo(first, last)
  for from = first, last, 1000 do redis.call('PFADD', sentTo, unpack(ARGV, from, math.min(last, from + 999))) end
  redis.call('PEXPIRE', sentTo, window * 2)
end
local accepted = tonumber(ARGV[6])
if accepted > 0 then noteSentTo(cursor, cursor + accepted - 1) end
cursor = cursor + accepted

for _ = 1, tonumber(ARGV[7]) do
  local registration, particular, sentAt, mayCount, number = take(), take(), tonumber(take()), take(), take()
  if sentAt > void then
    if counts(mayCount) then
      redis.call('ZADD', counted, 'NX', sentAt, registration)
      redis.call('ZREM', others, registration)
      redis.call('PFADD', sentTo, number)
      redis.call('PEXPIRE', sentTo, window * 2)
    elseif not redis.call('ZSCORE', counted, registration) then
      redis.call('ZADD', others, 'NX', sentAt, registration)
    end
    redis.call('HSET', particulars, registration, particular)
  end
end

local provenDoubt
for _ = 1, tonumber(ARGV[8]) do
  local registration, reason, sentAt, mayCount = take(), take(), tonumber(take()), take()
  if sentAt > void and counts(mayCount) then
    redis.call('ZADD', doubts, sentAt, reason .. ' ' .. registration)
    redis.call('PEXPIRE', doubts, doubtMs)
    local same = 0
    for _, doubt in ipairs(redis.call('ZRANGEBYSCORE', doubts, '(' .. math.max(lastAccepted, now - doubtMs), '+inf')) do
      if string.sub(doubt, 1, #reason + 1) == reason .. ' ' then same = same + 1 end
    end
    if same >= doubters then provenDoubt = reason end
  end
end

local function forget(set, registration)
  if redis.call('ZREM', set, registration) > 0 then redis.call('HDEL', particulars, registration) end
end
for _ = 1, tonumber(ARGV[9]) do
  local from, to = tonumber(take()), tonumber(take())
  -- Pushes that are under way together are not answered in the order in which they were sent.
  local ofRow = share < 1 and redis.call('ZRANGEBYSCORE', counted, from - 1000, to + 1000) or {}
  for _, registration in ipairs(ofRow) do forget(counted, registration) end
end
-- What was accepted before it became a suspect says nothing for it.
local function clear(set, registration, sentAt)
  local suspectedAt = redis.call('ZSCORE', set, registration)
  if suspectedAt and tonumber(suspectedAt) <= sentAt then forget(set, registration) end
end
for index = cursor, #ARGV, 2 do
  clear(counted, ARGV[index], tonumber(ARGV[index + 1]))
  clear(others, ARGV[index], tonumber(ARGV[index + 1]))
end
for _, registration in ipairs(redis.call('ZRANGE', others, 0, -mostOthers - 1)) do forget(others, registration) end

local function voidEverything()
  redis.call('DEL', counted, others, particulars, doubts)
  for back = 0, 15 do redis.call('DEL', KEYS[6] .. (slot - back)) end
  redis.call('HSET', state, 'void', now + graceMs)
  redis.call('PEXPIRE', state, stateMs)
end

if provenDoubt then
  voidEverything()
  return { 0, 0, 0, provenDoubt, wasEverAccepted }
end

local countedWait, othersWait = redis.call('ZCARD', counted), redis.call('ZCARD', others)
if countedWait + othersWait == 0 then return { 0, 0, 0, '', wasEverAccepted } end
for _, key in ipairs({ counted, others, particulars }) do redis.call('PEXPIRE', key, window * 3) end

-- Whether of min_samples registrations more than `share` are suspects.
local function isWave(suspects, sent)
  return sent >= minSamples and suspects > share * sent
end

local inARow = redis.call('ZCOUNT', counted, '(' .. lastAccepted, '+inf')
local sent
local function sentInWindow()
  if sent then return sent end
  local slots = {}
  for back = 0, 10 do slots[#slots + 1] = KEYS[6] .. (slot - back) end
  sent = redis.call('PFCOUNT', unpack(slots))
  return sent
end

if inARow >= wholeWave or (countedWait > share * minSamples and isWave(countedWait, sentInWindow())) then
  voidEverything()
  return { 1, 0, 0, '', wasEverAccepted }
end

local result = { 0, countedWait, othersWait, '', wasEverAccepted }
-- Without a push accepted beside them nothing tells the phone's fault from ours. A suspect is judged a tick or two after
-- its window, which in a short one would leave out the pushes beside it: hence half a window more.
local acceptedBeside = lastAccepted > now - window * 1.6
local function judge(set, areVoid)
  for _, registration in ipairs(redis.call('ZRANGEBYSCORE', set, 0, now - window, 'LIMIT', 0, 1000)) do
    if acceptedBeside and not areVoid then
      result[#result + 1] = registration
      result[#result + 1] = redis.call('HGET', particulars, registration) or ''
    end
    forget(set, registration)
  end
end
judge(counted, inARow >= row)
-- A wave of strangers is forgotten, and proves nothing.
judge(others, othersWait > share * minSamples and isWave(othersWait, othersWait + sentInWindow()))
return result
