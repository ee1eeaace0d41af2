"""What runs inside Redis, each in one step: taking from a rate, leasing slots, and keeping persisted queries within their
bounds."""

TAKE = """
local interval, capacity = tonumber(ARGV[1]), tonumber(ARGV[2])
local least, most = tonumber(ARGV[3]), tonumber(ARGV[4])
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local left = math.floor((now + capacity * interval - full_at) / interval)
if left < least then
  return {0, math.max(left, 0), math.ceil(full_at + (least - capacity) * interval - now)}
end
local granted = math.min(left, most)
full_at = full_at + granted * interval
redis.call('SET', KEYS[1], string.format('%.0f', full_at), 'PX', math.ceil((full_at - now) / 1000) + 1)
return {granted, left - granted, 0}
"""
"""Take `least` to `most` units. KEYS: the bucket. ARGV: microseconds per unit, capacity, least, most.

Gives units granted (0 when fewer than `least` are left), units left, and microseconds until `least` would be granted.
The only state is the time at which the bucket is full again (the generic cell rate algorithm), by Redis's own clock.
"""

KEEP = """
local texts, used, held = KEYS[1], KEYS[2], KEYS[3]
if redis.call('HSETNX', texts, ARGV[1], ARGV[2]) == 1 then
  redis.call('INCRBY', held, #ARGV[2])
end
redis.call('ZADD', used, redis.call('TIME')[1], ARGV[1])
while redis.call('ZCARD', used) > tonumber(ARGV[3]) or tonumber(redis.call('GET', held)) > tonumber(ARGV[4]) do
  local oldest = redis.call('ZPOPMIN', used)[1]
  redis.call('DECRBY', held, redis.call('HSTRLEN', texts, oldest))
  redis.call('HDEL', texts, oldest)
end
return redis.call('ZCARD', used)
"""
"""Keep a text by its hash and let the longest kept go. KEYS: texts, hashes by time, bytes held. ARGV: the hash, the text,
the most texts, the most bytes. Gives how many are kept."""

HOLD = """
local process, lease = ARGV[1], tonumber(ARGV[2])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local granted = {}
for index, key in ipairs(KEYS) do
  local wanted, left = tonumber(ARGV[2 * index + 1]), tonumber(ARGV[2 * index + 2])
  local held = redis.call('HGETALL', key)
  for at = 1, #held, 2 do
    if held[at] ~= process then
      local units, ends = string.match(held[at + 1], '(%d+) (%d+)')
      if tonumber(ends) <= now then
        redis.call('HDEL', key, held[at])
      else
        left = left - units
      end
    end
  end
  granted[index] = math.max(math.min(wanted, left), 0)
  if granted[index] > 0 then
    redis.call('HSET', key, process, string.format('%d %.0f', granted[index], now + lease))
    redis.call('PEXPIRE', key, lease)
  else
    redis.call('HDEL', key, process)
  end
end
return granted
"""
"""Set what a process holds of each pool, as much as the others leave of it. KEYS: the pools. ARGV: the process, for how
many milliseconds, then for each pool the units wanted and its capacity.

Gives the units of each pool that the process now holds. They are set and not added, so a call may be repeated. A pool is
a hash from processes to their units and the time, by Redis's own clock, at which these are free again.
"""
