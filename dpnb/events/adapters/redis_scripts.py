"""What is done within the Redis server, each in one step that nobody else can come between.

In these scripts ``KEYS[1]`` is the stream, whose entries have the fields ``t``, the topic, and ``e``, the event's JSON.
"""

from __future__ import annotations

# KEYS[2]: the latest events by id and topic, scored by when they came. ARGV: id, topic, JSON, how many events to
# retain, how many to know. Who could not hear whether an event had arrived publishes it again; it is in the stream
# once.
PUBLISH = """
local known = ARGV[1] .. ' ' .. ARGV[2]
if redis.call('ZSCORE', KEYS[2], known) then return false end
local entry = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[4], '*', 't', ARGV[2], 'e', ARGV[3])
redis.call('ZADD', KEYS[2], string.match(entry, '^%d+'), known)
redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -1 - ARGV[5])
return entry
"""

# The matcher goes back to the last `**` only: an earlier one can never do better.
MATCHES = """
local function matches(topic, pattern)
    local segments, here, at, gap, gap_at = {}, 1, 1, nil, nil
    for segment in string.gmatch(topic, '[^.]+') do segments[#segments + 1] = segment end
    while here <= #segments do
        local wanted = pattern[at]
        if wanted == '**' then
            gap, gap_at, at = at, here, at + 1
        elseif wanted and (wanted == '*' or wanted == segments[here]) then
            at, here = at + 1, here + 1
        elseif gap then
            gap_at = gap_at + 1
            here, at = gap_at, gap + 1
        else
            return false
        end
    end
    while pattern[at] == '**' do at = at + 1 end
    return pattern[at] == nil
end
"""

# ARGV: group, member, after how many milliseconds another's entry is taken over, how many to look at, how many
# segments, the pattern's segments, then the entries that this member has handled. Returns an entry, or up
# to where there is none.
#
# An entry whose topic the pattern does not choose is acknowledged right here.
TAKE = f"""
{MATCHES}
local key, group, member, idle, most = KEYS[1], ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local count, pattern = tonumber(ARGV[5]), {{}}
for n = 6, 5 + count do pattern[#pattern + 1] = ARGV[n] end
for n = 6 + count, #ARGV do redis.call('XACK', key, group, ARGV[n]) end

local left = redis.call('XPENDING', key, group, 'IDLE', idle, '-', '+', 1)
if left[1] then
    local entry = redis.call('XCLAIM', key, group, member, idle, left[1][1])[1]
    if entry then return entry end
end
for _ = 1, most do
    local read = redis.call('XREADGROUP', 'GROUP', group, member, 'COUNT', 1, 'STREAMS', key, '>')
    if not read then
        local facts = redis.call('XINFO', 'STREAM', key)
        for n = 1, #facts, 2 do
            if facts[n] == 'last-generated-id' then return {{facts[n + 1]}} end
        end
    end
    local entry = read[1][2][1]
    local fields = entry[2]
    for n = 1, #fields, 2 do
        if fields[n] == 't' and matches(fields[n + 1], pattern) then return entry end
    end
    redis.call('XACK', key, group, entry[1])
end
return {{}}
"""

# ARGV: group, member, entry. Whoever has it in hand says that it is alive, unless the entry was taken over meanwhile.
KEEP = """
if redis.call('XPENDING', KEYS[1], ARGV[1], ARGV[3], ARGV[3], 1, ARGV[2])[1] then
    redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, ARGV[3], 'JUSTID')
end
"""

# ARGV: group, member, for how many milliseconds entries are to count as left alone, then those that it does not give
# back. All others are the next one's who asks.
GIVE_BACK = """
local kept = {}
for n = 4, #ARGV do kept[ARGV[n]] = true end
for _, one in ipairs(redis.call('XPENDING', KEYS[1], ARGV[1], '-', '+', 1000, ARGV[2])) do
    if not kept[one[1]] then
        redis.call('XCLAIM', KEYS[1], ARGV[1], ARGV[2], 0, one[1], 'IDLE', ARGV[3], 'JUSTID')
    end
end
"""

# ARGV: group, after how many milliseconds. Members that ended without a word, and hold nothing, are forgotten.
TIDY = """
for _, facts in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
    local fact = {}
    for n = 1, #facts, 2 do fact[facts[n]] = facts[n + 1] end
    if fact['pending'] == 0 and fact['idle'] > tonumber(ARGV[2]) then
        redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], fact['name'])
    end
end
"""
