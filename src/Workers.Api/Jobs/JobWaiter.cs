using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Workers.Api.Problems;
using Workers.Jobs;
using Workers.Jobs.Events;
using Workers.Jobs.Redis;

namespace Workers.Api.Jobs;

/// <summary>Holds requests until their job is over: woken by hints, looking by itself each second, ended when the server stops.</summary>
internal sealed class JobWaiter(JobStore jobs, Hints hints, IHostApplicationLifetime lifetime)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<string, int> waiters = new();

    /// <summary>Begins to watch for the end of a job that a request submits and waits for; do so before, so that nothing falls between.</summary>
    public Watched WatchOwn(string id) => new(jobs, hints.WatchOwn(id), waiters, lifetime.ApplicationStopping);

    /// <summary>Begins to watch any job; do so before it is looked at.</summary>
    /// <exception cref="RedisUnavailableException">Redis does not answer.</exception>
    public async Task<Watched> WatchAsync(string id) => new(jobs, await hints.WatchAsync(id), waiters, lifetime.ApplicationStopping);

    /// <summary>Waits for the end of what a submit answered with.</summary>
    /// <param name="own">The watch over the job that was to be submitted.</param>
    /// <param name="outcome">The answer: that job, or an older one that an idempotency key named, or that the request joined.</param>
    /// <param name="limit">How long.</param>
    /// <param name="cancellation">The client left.</param>
    /// <inheritdoc cref="Watched.EndAsync"/>
    public async Task<Job?> EndAsync(Watched own, SubmitOutcome outcome, TimeSpan limit, CancellationToken cancellation)
    {
        if (outcome.Code == SubmitCode.Created)
            return await own.EndAsync(limit, look: false, cancellation);
        // Redis knows that requests wait here for what they submitted or joined; of what is only asked for again it does not.
        using var other = outcome.Code == SubmitCode.Joined ? WatchOwn(outcome.JobId) : await WatchAsync(outcome.JobId);
        return await other.EndAsync(limit, look: true, cancellation);
    }

    /// <summary>How many requests of this process wait for a job.</summary>
    public int Waiting(string id) => waiters.GetValueOrDefault(id);

    /// <summary>One request's wait.</summary>
    internal sealed class Watched : IDisposable
    {
        private readonly JobStore jobs;
        private readonly JobWatch watch;
        private readonly ConcurrentDictionary<string, int> waiters;
        private readonly CancellationToken stopping;

        internal Watched(JobStore jobs, JobWatch watch, ConcurrentDictionary<string, int> waiters, CancellationToken stopping)
        {
            (this.jobs, this.watch, this.waiters, this.stopping) = (jobs, watch, waiters, stopping);
            waiters.AddOrUpdate(watch.JobId, 1, (_, count) => count + 1);
        }

        /// <summary>Waits for the end of the job.</summary>
        /// <param name="limit">How long.</param>
        /// <param name="look">True to look before the first hint (a job that may be over already).</param>
        /// <param name="cancellation">The client left.</param>
        /// <returns>The job, over or as it was when the time was up; null when there is none (any more).</returns>
        /// <exception cref="ProblemException">503: the server stops; the job goes on.</exception>
        public async Task<Job?> EndAsync(TimeSpan limit, bool look, CancellationToken cancellation)
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, stopping);
            var until = Environment.TickCount64 + (long)limit.TotalMilliseconds;
            try
            {
                if (look && await jobs.FindAsync(watch.JobId, either.Token) is var known && (known is null || known.State.IsTerminal()))
                    return known;
                while (true)
                {
                    var left = TimeSpan.FromMilliseconds(Math.Max(0, until - Environment.TickCount64));
                    await watch.WaitAsync(left < LookEvery ? left : LookEvery, either.Token, HintKinds.Ended);
                    var job = watch.Ended() ?? await jobs.FindAsync(watch.JobId, either.Token);
                    if (job is null || job.State.IsTerminal() || Environment.TickCount64 >= until)
                        return job;
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                throw Stopping(watch.JobId).AsException();
            }
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            watch.Dispose();
            // The last one out takes the entry away; a newcomer in between makes it stay.
            if (waiters.AddOrUpdate(watch.JobId, 0, (_, count) => count - 1) <= 0)
                waiters.TryRemove(KeyValuePair.Create(watch.JobId, 0));
        }
    }

    private static Problem Stopping(string id) =>
        new(ProblemKinds.Stopping, $"This server is stopping. The job goes on: ask for it at /v1/jobs/{id} in a moment.")
        {
            JobId = id,
            Location = $"/v1/jobs/{id}",
            RetryAfter = TimeSpan.FromSeconds(2),
        };
}
