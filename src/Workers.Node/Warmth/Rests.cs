using Workers.Jobs.Timing;

namespace Workers.Node.Warmth;

/// <summary>
/// Templates whose file could not be opened: each rests for half a minute, doubled with each failure in a row up to an hour, so that a file that crashes
/// its worker never makes a crash loop. Safe for several threads.
/// </summary>
internal sealed class Rests(TimeProvider time)
{
    /// <summary>After the first failure.</summary>
    public static readonly TimeSpan First = TimeSpan.FromSeconds(30);

    /// <summary>The longest.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private readonly Lock gate = new();
    private readonly Dictionary<string, (int InARow, DateTimeOffset Until)> known = [];

    /// <summary>Those that rest now.</summary>
    public IReadOnlyList<string> Now()
    {
        lock (gate) return [.. known.Where(pair => pair.Value.Until > time.GetUtcNow()).Select(pair => pair.Key)];
    }

    /// <summary>Notes a failure; says how long the template rests.</summary>
    public TimeSpan Add(string template)
    {
        lock (gate)
        {
            // One that nobody has asked for since its rest was over is forgotten: the memory stays as small as what is wanted.
            foreach (var (old, (_, until)) in known)
            {
                if (until + Longest < time.GetUtcNow())
                    known.Remove(old);
            }

            var inARow = known.GetValueOrDefault(template).InARow + 1;
            var rest = Doubling.Of(First, Longest, inARow - 1);
            known[template] = (inARow, time.GetUtcNow() + rest);
            return rest;
        }
    }

    /// <summary>Its file was opened, or it is another one now.</summary>
    public void Forget(string template)
    {
        lock (gate) known.Remove(template);
    }
}
