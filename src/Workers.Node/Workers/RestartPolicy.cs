namespace Workers.Node.Workers;

/// <summary>When a faulted worker is started again.</summary>
internal sealed record RestartPolicy
{
    /// <summary>Before the first restart.</summary>
    public TimeSpan FirstBackOff { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest pause; each is twice the one before.</summary>
    public TimeSpan LongestBackOff { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>That many faults within <see cref="CrashLoopWindow"/> and without a served call are a crash loop.</summary>
    public int CrashLoopFaults { get; init; } = 5;

    /// <inheritdoc cref="CrashLoopFaults"/>
    public TimeSpan CrashLoopWindow { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long a quarantined worker waits before it is tried anew.</summary>
    public TimeSpan Quarantine { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How often a missing program is looked for.</summary>
    public TimeSpan MissingProgram { get; init; } = TimeSpan.FromSeconds(30);
}
