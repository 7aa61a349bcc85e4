--[[
One turn of a worker at a shard: takes back what it is done with, and hands out what it has room for, of all its queues.

What a worker has in flight is in `in-flight:TOKEN`. A worker lives as long as it comes for turns; what a dead one had goes back to
the front of its queues here, in the turn of another. So a turn costs the same however much waits or is in flight.

Fair is: calls first, as many as there is room for. What is left of the room is shared among the other queues with work;
what one cannot use of its share is given on to those after it, and at last to those before. A queue that was served goes to
the end of the line, so that with more queues than room each has its turn. Queues of registrations that are not known yet
come last and share what is left, but an eighth of the room is theirs.

ARGV  1  token  2  milliseconds that the worker lives without another turn  3  its bell  4  room in all
      5  room of a queue that is not named below, and behind a blank that of one of registrations that are not known yet
      6  life of a claim, milliseconds
      7  number of named queues; then for each two: name, room; -1 when nothing of it is to be taken for now
      then the number of deliveries that are finished; then each as QUEUE:ID, behind two signs: `c` if it leaves a claim,
      `d` if it was ever delayed, else `-`
      then for each other one five: what is to become of it, queue, id, and of `delay` the time, behind a blank why where the provider put it off, and the data, of `return`
      two times '', of `dead` (a dead letter) the reason and '' or data in place of unreadable ones
returns { when to come again for the next delayed delivery, or 0,
          'hungry' if there is more and room for it, 'full' if there is more and no room, else 'empty',
          for each queue that a dead worker had two: name, number of deliveries,
          for each queue that is taken from two: name, and of each delivery three: id, data or false, times that it stalled or false,
          whether it was ever delayed }
]]
local token, life, bell, room = ARGV[1], tonumber(ARGV[2]), ARGV[3], tonumber(ARGV[4])
local roomOfOthers, roomOfNewcomers = string.match(ARGV[5], '^(%d+) (%d+)$')
roomOfOthers, roomOfNewcomers = tonumber(roomOfOthers), tonumber(roomOfNewcomers)
local claimLife = ARGV[6]
local keptDeadLetters = 1000
local now = microseconds()
local nowMs = math.floor(now / 1000)
local inFlightKey = shard .. 'in-flight:' .. token
local changed, isChanged = {}, {} -- queues that have work which nobody knows of yet

local function note(queue)
  if not isChanged[queue] then changed[#changed + 1] = queue end
  isChanged[queue] = true
end

-- In portions, since Lua passes no more than some thousand arguments.
local function forPortions(list, call)
  for first = 1, #list, 1000 do call(unpack(list, first, math.min(first + 999, #list))) end
end

-- Also what was taken for dead meanwhile and went back: it was sent. If it waits again nobody will find it, and its
-- claim says why.
local function finish(first, count)
  local members, jobs, ours = {}, {}, 0
  for index = first, first + count - 1 do
    members[#members + 1] = string.sub(ARGV[index], 3)
    jobs[#jobs + 1] = shard .. members[#members]
  end
  forPortions(members, function(...) ours = ours + redis.call('SREM', inFlightKey, ...) end)
  forPortions(jobs, function(...) redis.call('DEL', ...) end)
  for index, member in ipairs(members) do
    local signs = ARGV[first + index - 1]
    local wasLost, id = ours < count, string.match(member, '[^:]*$')
    if wasLost or string.sub(signs, 1, 1) == 'c' then redis.call('SET', shard .. 'claim:' .. id, '', 'PX', claimLife) end
    if wasLost or string.sub(signs, 2, 2) == 'd' then
      local queue = string.match(member, '^(.*):')
      redis.call('ZREM', keyOf(queue, 'later'), id)
      redis.call('ZREM', keyOf(queue, bull.delayed), id)
    end
  end
end

local actions = {}

function actions.delay(queue, id, untilAndWhy, data)
  local job, untilMs, reason = keyOf(queue, id), string.match(untilAndWhy, '^(%S+) ?(.*)$')
  redis.call('HSET', job, bull.data, data, bull.delay, math.max(0, untilMs - nowMs))
  redis.call('HDEL', job, bull.processedOn)
  if reason ~= '' then
    redis.call('HSET', job, why, reason)
    redis.call('ZADD', keyOf(queue, 'later'), 'NX', redis.call('HGET', job, bull.timestamp) or nowMs, id)
  end
  putAside(queue, id, tonumber(untilMs))
  addWeight(queue, weightOf(data))
end

actions['return'] = function(queue, id)
  redis.call('HDEL', keyOf(queue, id), bull.processedOn)
  putInFront(queue, id)
  addWeight(queue, weightOfJob(queue, id))
  note(queue)
end

-- Among those of its lane, known or not, where an operator looks.
function actions.dead(from, id, reason, data)
  local queue = mainQueueOf(from)
  local failed, job = keyOf(queue, bull.failed), keyOf(queue, id)
  redis.call('ZREM', keyOf(from, 'later'), id)
  if from ~= queue and redis.call('EXISTS', keyOf(from, id)) == 1 then redis.call('RENAME', keyOf(from, id), job) end
  redis.call('HSET', job, bull.failedReason, reason, bull.finishedOn, nowMs)
  if data ~= '' then redis.call('HSET', job, bull.data, data) end
  redis.call('ZADD', failed, nowMs, id)
  redis.call('SADD', shard .. 'queues', queue)
  for _, old in ipairs(redis.call('ZRANGE', failed, 0, -keptDeadLetters - 1)) do
    redis.call('ZREM', failed, old)
    redis.call('DEL', keyOf(queue, old))
  end
end

-- Nothing becomes of what is not ours any more: another worker has it, or it waits for one. What was lost is a dead letter.
local function settle(what, queue, id, ...)
  if redis.call('SREM', inFlightKey, queue .. ':' .. id) == 0 then return end
  if what ~= 'dead' and redis.call('EXISTS', keyOf(queue, id)) == 0 then return end
  actions[what](queue, id, ...)
end

local function recover()
  local counts, recovered = {}, {}
  for _, dead in ipairs(redis.call('ZRANGEBYSCORE', shard .. 'workers', '-inf', nowMs, 'LIMIT', 0, 3)) do
    local members = redis.call('SPOP', shard .. 'in-flight:' .. dead, 500)
    for _, member in ipairs(members) do
      local queue, id = string.match(member, '^(.*):(.*)$')
      if redis.call('EXISTS', shard .. member) == 1 then
        redis.call('HINCRBY', shard .. member, bull.stalls, 1)
        redis.call('HDEL', shard .. member, bull.processedOn)
        putInFront(queue, id)
        addWeight(queue, weightOfJob(queue, id))
        note(queue)
        counts[queue] = (counts[queue] or 0) + 1
      end
    end
    if #members < 500 then redis.call('ZREM', shard .. 'workers', dead) end
  end
  for queue, count in pairs(counts) do
    recovered[#recovered + 1] = queue
    recovered[#recovered + 1] = count
  end
  return recovered
end

local function moveDue()
  for _, queue in ipairs(redis.call('ZRANGEBYSCORE', shard .. 'due', '-inf', nowMs, 'LIMIT', 0, 20)) do
    local delayed = keyOf(queue, bull.delayed)
    local ids = redis.call('ZRANGEBYSCORE', delayed, '-inf', (nowMs + 1) * bull.scoresPerMs - 1, 'LIMIT', 0, 200)
    if #ids > 0 then
      redis.call('ZREM', delayed, unpack(ids))
      for _, id in ipairs(ids) do putBehind(queue, id) end
      note(queue)
    end
    local next = redis.call('ZRANGE', delayed, 0, 0, 'WITHSCORES')
    if next[2] then redis.call('ZADD', shard .. 'due', math.floor(next[2] / bull.scoresPerMs), queue)
    else redis.call('ZREM', shard .. 'due', queue) end
  end
end

local taken, members = {}, {}

-- Returns how many were taken. What is no more, and has a claim, was finished by a worker that was taken for dead.
local function take(queue, count)
  local ids = redis.call(isCalls(queue.name) and 'LPOP' or 'RPOP', keyOf(queue.name, bull.wait), count) or {}
  local weight = 0
  for _, id in ipairs(ids) do
    local job = keyOf(queue.name, id)
    local name, data, stalls, delay = unpack(redis.call('HMGET', job, bull.name, bull.data, bull.stalls, bull.delay))
    if data or redis.call('EXISTS', shard .. 'claim:' .. id) == 0 then
      if name == 'badge' then redis.call('HSET', job, bull.processedOn, nowMs) end
      if data then weight = weight + weightOf(data) end
      members[#members + 1] = queue.name .. ':' .. id
      if not queue.jobs then
        queue.jobs = {}
        taken[#taken + 1] = queue.name
        taken[#taken + 1] = queue.jobs
      end
      for _, value in ipairs({ id, data, stalls, delay }) do queue.jobs[#queue.jobs + 1] = value end
    end
  end
  addWeight(queue.name, -weight)
  queue.room = queue.room - #ids
  queue.more = #ids == count
  room = room - #ids
end

-- Those that may be taken from, in line; and whether there is one with work and without room.
local function openQueues(rooms)
  local open, isFull = {}, false
  for _, name in ipairs(redis.call('ZRANGE', shard .. 'ready:' .. bell, 0, -1)) do
    local usual = isOfNewcomers(name) and roomOfNewcomers or roomOfOthers
    local queue = { name = name, room = rooms[name] or usual, more = true }
    if queue.room == 0 then isFull = true
    elseif queue.room > 0 and redis.call('HEXISTS', keyOf(name, bull.meta), bull.isPaused) == 0 then
      open[#open + 1] = queue
    end
  end
  return open, isFull
end

-- Among the queues from `first` to `last`, so that `spare` of the room is left.
local function shareAmong(open, first, last, spare)
  for index = first, last do
    if room <= spare then return end
    take(open[index], math.min(open[index].room, math.ceil((room - spare) / (last - index + 1))))
  end
  for index = first, last do
    local queue = open[index]
    if room <= spare then return end
    if queue.more and queue.room > 0 then take(queue, math.min(queue.room, room - spare)) end
  end
end

-- They are in line: calls, others, those of registrations that are not known.
local function share(open)
  local calls, others = 0, 0
  for index, queue in ipairs(open) do
    if not isOfNewcomers(queue.name) then
      others = index
      if isCalls(queue.name) then calls = index end
    end
  end
  for index = 1, calls do
    if room > 0 then take(open[index], math.min(open[index].room, room)) end
  end
  shareAmong(open, calls + 1, others, #open > others and math.ceil(room / 8) or 0)
  shareAmong(open, others + 1, #open, 0)
end

local function rearrange(open)
  local ready, state, emptied = shard .. 'ready:' .. bell, 'empty', {}
  for index, queue in ipairs(open) do
    if queue.more and redis.call('EXISTS', keyOf(queue.name, bull.wait)) == 1 then
      if queue.room == 0 and state == 'empty' then state = 'full'
      elseif queue.room > 0 then state = 'hungry' end
      if queue.jobs then redis.call('ZADD', ready, placeInLine(queue.name, now + index), queue.name) end
    else
      emptied[#emptied + 1] = queue.name
    end
  end
  forPortions(emptied, function(...) redis.call('ZREM', ready, ...) end)
  return state
end

-- When this worker is to come again for the next delayed delivery; 0 if another one does. One is enough for the shard, however
-- many sleep. One that died or is late is not waited for.
local function wakeFor(nextDue)
  local key, lateMs = shard .. 'alarm', 500
  local holder, at = string.match(redis.call('GET', key) or '', '^(%S+) (%d+)$')
  if holder == token and life == 0 then
    redis.call('DEL', key)
    ring(bell) -- for another one
  end
  if not nextDue or life == 0 then return 0 end
  if holder and holder ~= token and tonumber(at) <= nextDue and nextDue > nowMs - lateMs then
    local livesUntil = redis.call('ZSCORE', shard .. 'workers', holder)
    if livesUntil and tonumber(livesUntil) > nowMs then return 0 end
  end
  if holder ~= token or tonumber(at) ~= nextDue then
    redis.call('SET', key, string.format('%s %d', token, nextDue), 'PX', math.max(0, nextDue - nowMs) + 1000)
  end
  return nextDue
end

local rooms, cursor = {}, 8
for _ = 1, tonumber(ARGV[7]) do
  rooms[ARGV[cursor]] = tonumber(ARGV[cursor + 1])
  cursor = cursor + 2
end
local finished = tonumber(ARGV[cursor])
if finished > 0 then finish(cursor + 1, finished) end
for index = cursor + 1 + finished, #ARGV, 5 do
  settle(ARGV[index], ARGV[index + 1], ARGV[index + 2], ARGV[index + 3], ARGV[index + 4])
end

redis.call('ZADD', shard .. 'workers', nowMs + life, token)
local recovered = recover()
moveDue()
announce(changed, now)

local state = 'empty'
if room > 0 then
  local open, isFull = openQueues(rooms)
  share(open)
  forPortions(members, function(...) redis.call('SADD', inFlightKey, ...) end)
  state = rearrange(open)
  if state == 'empty' and isFull then state = 'full' end
  if state ~= 'empty' then ring(bell) end -- there is more, for a worker that has room
end
local nextDue = redis.call('ZRANGE', shard .. 'due', 0, 0, 'WITHSCORES')[2]
return { wakeFor(nextDue and tonumber(nextDue)), state, recovered, taken }
