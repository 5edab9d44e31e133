namespace Workers.Jobs;

/// <summary>What priorities mean, 0–100: the higher, the sooner, strictly.</summary>
public static class Priorities
{
    /// <summary>Of a job that names none. Whoever asks for less is in no hurry: workers may be kept free of such jobs.</summary>
    public const int Normal = 50;
}
