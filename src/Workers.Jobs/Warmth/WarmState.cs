namespace Workers.Jobs.Warmth;

/// <summary>Where a template's file is open.</summary>
/// <param name="Wanted">On how many workers it shall be; 0: the template wants none.</param>
/// <param name="Workers">Ids of the workers that hold it, or are about to.</param>
/// <param name="Failure">Why it could not be opened last; null: it could, or was not tried.</param>
public sealed record WarmState(int Wanted, IReadOnlyList<string> Workers, WarmFailure? Failure);

/// <summary>A template's file that could not be opened ahead of its use.</summary>
/// <param name="At">When.</param>
/// <param name="Worker">On which worker.</param>
/// <param name="Message">Why.</param>
public sealed record WarmFailure(DateTimeOffset At, string Worker, string Message);
