using Workers.Jobs.Redis;

namespace Workers.Jobs.Tests.Jobs;

/// <summary>Looks at everything the scripts keep, past the stores, in one step; and lets time pass for a job by moving its deadline.</summary>
internal sealed class RedisPicture(RedisGate gate)
{
    // Besides the jobs' lines it judges what must always hold between the structures, and says what doesn't.
    private static readonly LuaScript Look = LuaScript.FromText("look", """
        #!lua
        local R = KEYS[1] .. ':'
        local lines, wrong, count = {}, {}, {}
        local function expect(holds, what) if not holds then wrong[#wrong + 1] = what end end
        for _, id in ipairs(redis.call('ZRANGE', R .. 'jobs', 0, -1)) do
          local j = redis.call('HMGET', R .. 'job:' .. id, 'state', 'cancel', 'attempt', 'queue', 'priority', 'client', 'sequence')
          local types, last = {}, '0-0'
          for _, entry in ipairs(redis.call('XRANGE', R .. 'job:' .. id .. ':events', '-', '+')) do types[#types + 1] = entry[2][2] end
          lines[#lines + 1] = id .. ' ' .. j[1] .. (j[2] == '1' and '!' or '') .. ' ' .. j[5] .. ' ' .. j[3] .. ' ' .. table.concat(types, ',')
          count[j[1]] = (count[j[1]] or 0) + 1
          local function within(key) return redis.call('ZSCORE', R .. key, id) ~= false end
          expect(within('jobs:state:' .. j[1]), id .. ' not in the index of its state')
          expect(within('leases') == (j[1] == 'running'), id .. ' ' .. j[1] .. ': lease')
          expect(within('scheduled') == (j[1] == 'scheduled'), id .. ' ' .. j[1] .. ': scheduled')
          expect(within('queue:' .. j[4] .. ':' .. j[5] .. ':jobs:' .. j[6]) == (j[1] == 'queued'), id .. ' ' .. j[1] .. ': queue')
          expect(within('expiry') == (j[1] == 'succeeded' or j[1] == 'failed' or j[1] == 'canceled'), id .. ' ' .. j[1] .. ': expiry')
        end
        for _, state in ipairs({'waiting', 'scheduled', 'queued', 'running', 'succeeded', 'failed', 'canceled'}) do
          expect(redis.call('ZCARD', R .. 'jobs:state:' .. state) == (count[state] or 0), 'stale entry in the index of ' .. state)
        end
        for _, state in ipairs({'waiting', 'scheduled', 'queued', 'running'}) do
          expect(tonumber(redis.call('HGET', R .. 'counts:e', state) or 0) == (count[state] or 0), 'count of ' .. state)
        end
        expect(redis.call('ZCARD', R .. 'leases') == (count.running or 0), 'stale lease')
        expect(redis.call('ZCARD', R .. 'scheduled') == (count.scheduled or 0), 'stale scheduled entry')
        local entries, record = 0, 0
        for _, key in ipairs(ARGV) do
          local entry = redis.call('HMGET', R .. 'cache:' .. key, 'job', 'record')
          expect((redis.call('ZSCORE', R .. 'cache-used', key) ~= false) == (entry[1] ~= false), key .. ': entry and use')
          if entry[1] then
            lines[#lines + 1] = 'entry ' .. key .. ' ' .. entry[1]
            entries, record = entries + 1, record + entry[2]
          end
        end
        expect(redis.call('ZCARD', R .. 'cache-used') == entries, 'use of no entry')
        expect(tonumber(redis.call('HGET', R .. 'cache-totals', 'record') or 0) == record, 'bytes of all records')
        for _, key in ipairs(ARGV) do
          for _, flight in ipairs({key, key .. ':slow'}) do
            local job = redis.call('GET', R .. 'cache-flight:' .. flight)
            if job then
              local awhile = redis.call('PTTL', R .. 'cache-flight:' .. flight) > 0
              lines[#lines + 1] = 'flight ' .. flight .. ' ' .. job .. (awhile and ' for a while' or '')
            end
          end
        end
        for _, w in ipairs(wrong) do lines[#lines + 1] = 'WRONG ' .. w end
        lines[#lines + 1] = 'events ' .. redis.call('XLEN', R .. 'events')
        return table.concat(lines, '\n')
        """);

    private static readonly LuaScript Pass = LuaScript.FromText("pass", """
        #!lua
        local time = redis.call('TIME')
        redis.call('SET', KEYS[1] .. ':recovered', time[1] * 1000)
        return redis.call('ZADD', KEYS[1] .. ':' .. ARGV[1], 'XX', 'CH', 1, ARGV[2])
        """);

    private static readonly LuaScript Forget = LuaScript.FromText("forget", """
        #!lua
        for _, key in ipairs(ARGV) do
          for _, flight in ipairs({key, key .. ':slow'}) do
            local name = KEYS[1] .. ':cache-flight:' .. flight
            if redis.call('PTTL', name) > 0 then redis.call('DEL', name) end
          end
        end
        """);

    private static readonly StackExchange.Redis.RedisValue[] Keys = [.. ResultModel.Keys];

    internal async Task<string> TakeAsync() => (string)(await gate.EvaluateAsync(Look, [RedisKeys.Root], Keys, CancellationToken.None))!;

    /// <summary>Moves the job's deadline in <c>scheduled</c>, <c>leases</c> or <c>queue-timeouts</c> to long ago.</summary>
    internal Task LetTimePassAsync(string place, string id) => gate.EvaluateAsync(Pass, [RedisKeys.Root], [place, id], CancellationToken.None);

    /// <summary>Lets the time pass in which failures answer others.</summary>
    internal Task LetFailuresBeForgottenAsync() => gate.EvaluateAsync(Forget, [RedisKeys.Root], Keys, CancellationToken.None);
}
