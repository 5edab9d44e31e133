using Workers.Bench.Report;

namespace Workers.Bench;

/// <summary>One thing to measure.</summary>
internal interface IBench
{
    /// <summary>How <c>ONLY=</c> names it.</summary>
    string Name { get; }

    /// <summary>Whether it runs only where <c>ONLY=</c> names it.</summary>
    bool IsApart => false;

    /// <summary>Its section's heading.</summary>
    string Title { get; }

    /// <summary>Measures and writes its figures.</summary>
    Task RunAsync(ResultsPage page, CancellationToken cancellation);
}
