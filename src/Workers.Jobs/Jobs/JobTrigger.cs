namespace Workers.Jobs;

/// <summary>What can happen to a job. Only Lua scripts raise triggers; each names its own in <c>@rows</c>.</summary>
public enum JobTrigger
{
    /// <summary>What held a waiting job back is over (in the script that ends the job before it).</summary>
    Release,

    /// <summary>As <see cref="Release"/>, but its <c>runAfter</c> is still to come.</summary>
    ReleaseLater,

    /// <summary>The time of a scheduled job has come (<c>promote.lua</c>).</summary>
    Due,

    /// <summary>A node takes it under a lease (<c>claim.lua</c>).</summary>
    Claim,

    /// <summary>The attempt delivered (<c>complete.lua</c>).</summary>
    Complete,

    /// <summary>The attempt failed for good (<c>fail.lua</c>).</summary>
    Fail,

    /// <summary>The attempt failed and another one is due after a back-off (<c>fail.lua</c>).</summary>
    RetryLater,

    /// <summary>
    /// The attempt is given back uncounted: drain, recycle, outage (<c>fail.lua</c>), or its lease was lost (<c>recover.lua</c>,
    /// <c>take_back.lua</c>).
    /// </summary>
    Requeue,

    /// <summary>A client, or a superseding job, wants it ended (<c>cancel.lua</c>).</summary>
    Cancel,

    /// <summary>It was not started within <c>queueTimeoutSeconds</c> (<c>promote.lua</c>).</summary>
    QueueTimeout,
}
