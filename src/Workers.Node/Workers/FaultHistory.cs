using Workers.Jobs.Timing;

namespace Workers.Node.Workers;

/// <summary>One worker's faults since its last served call. Safe for several threads.</summary>
internal sealed class FaultHistory(RestartPolicy policy, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly Queue<long> recent = new(); // Never more than a crash loop has: that empties it.
    private int inARow;

    /// <summary>A call was served: whatever was wrong is over.</summary>
    public void Served()
    {
        lock (gate)
        {
            recent.Clear();
            inARow = 0;
        }
    }

    /// <summary>Notes a fault. Returns whether it makes a crash loop; the count then begins anew.</summary>
    public bool Add()
    {
        lock (gate)
        {
            inARow++;
            recent.Enqueue(time.GetTimestamp());
            while (time.GetElapsedTime(recent.Peek()) > policy.CrashLoopWindow)
                recent.Dequeue();
            if (recent.Count < policy.CrashLoopFaults)
                return false;
            Served();
            return true;
        }
    }

    /// <summary>The pause before the next start: doubled with each fault in a row, with jitter so that workers do not start in step.</summary>
    public TimeSpan BackOff()
    {
        lock (gate)
        {
            return Doubling.Of(policy.FirstBackOff, policy.LongestBackOff, inARow - 1) * (0.5 + Random.Shared.NextDouble() / 2);
        }
    }
}
