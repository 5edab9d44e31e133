using System.Text.Json.Nodes;
using Workers.Jobs.Assets;
using Workers.Jobs.Tests.Jobs;

namespace Workers.Jobs.Tests.Queue;

/// <summary>A job goes to the worker that holds its file: after priority and fairness, and nobody is passed over for long.</summary>
public sealed class AffinityTests : IAsyncLifetime
{
    private static readonly string Hex = new('a', 64);
    private JobsFixture jobs = null!;
    private JobStore store = null!;

    public async Task InitializeAsync()
    {
        jobs = await JobsFixture.StartAsync();
        store = new JobStore(jobs.Gate);
    }

    public Task DisposeAsync() => jobs.DisposeAsync().AsTask();

    [Fact]
    public async Task A_job_whose_file_is_open_goes_first_and_to_the_worker_that_holds_it()
    {
        await SubmitAsync("sofa", "sofa");
        await SubmitAsync("chair", "chair");
        Assert.Equal("chair on w2", await ClaimAsync(holders: [new FileHolder("w2", 2, "chair")]));
        Assert.Equal("sofa on w", await ClaimAsync(holders: [new FileHolder("w2", 2, "chair")]));
    }

    [Fact]
    public async Task A_job_whose_file_a_busy_worker_holds_is_left_to_it_where_there_is_another()
    {
        await SubmitAsync("sofa", "sofa");
        await SubmitAsync("none", null);
        await SubmitAsync("chair", "chair");
        Assert.Equal("chair on w", await ClaimAsync(taken: ["sofa"]));
        await SubmitAsync("sofa2", "sofa");
        Assert.Equal("sofa on w", await ClaimAsync(taken: ["sofa"])); // Nothing else to do: better to open it twice than to wait.
        Assert.Equal("none on w", await ClaimAsync(taken: ["sofa"])); // It opens no file: nothing is gained by passing it over.
    }

    [Fact]
    public async Task The_head_is_passed_over_eight_times_at_most()
    {
        await SubmitAsync("sofa", "sofa");
        for (var number = 0; number < 10; number++)
            await SubmitAsync("chair" + number, "chair");
        for (var number = 0; number < 8; number++)
            Assert.Equal($"chair{number} on w", await ClaimAsync(holders: [new FileHolder("w", 1, "chair")]));
        Assert.Equal("sofa on w", await ClaimAsync(holders: [new FileHolder("w", 1, "chair")]));
    }

    [Fact]
    public async Task The_head_is_passed_over_for_five_seconds_at_most()
    {
        await SubmitAsync("sofa", "sofa");
        await SubmitAsync("chair1", "chair");
        await SubmitAsync("chair2", "chair");
        Assert.Equal("chair1 on w", await ClaimAsync(holders: [new FileHolder("w", 1, "chair")]));
        var since = long.Parse(jobs.Redis.Command("HGET", "{workers}:job:sofa", "passedSince"), System.Globalization.CultureInfo.InvariantCulture);
        jobs.Redis.Command("HSET", "{workers}:job:sofa", "passedSince", FormattableString.Invariant($"{since - 5_001}"));
        Assert.Equal("sofa on w", await ClaimAsync(holders: [new FileHolder("w", 1, "chair")]));
    }

    [Fact]
    public async Task Priority_comes_before_it()
    {
        await SubmitAsync("chair", "chair");
        await SubmitAsync("urgent", "sofa", priority: 90);
        Assert.Equal("urgent on w", await ClaimAsync(holders: [new FileHolder("w", 1, "chair")]));
    }

    [Fact]
    public async Task Fairness_comes_before_it_clients_are_charged_and_the_first_in_the_ring_is_asked_first()
    {
        await SubmitAsync("a1", "sofa", client: "a");
        await SubmitAsync("b1", "chair", client: "b");
        await SubmitAsync("b2", "chair", client: "b");
        await SubmitAsync("c1", "chair", client: "c");
        FileHolder[] chair = [new("w", 1, "chair")];
        Assert.Equal("b1 on w", await ClaimAsync(chair));
        Assert.Equal("c1 on w", await ClaimAsync(chair)); // b has been served.
        Assert.Equal("b2 on w", await ClaimAsync(chair));
        Assert.Equal("a1 on w", await ClaimAsync(chair));
    }

    [Fact]
    public async Task Only_the_next_thirty_two_jobs_are_looked_at()
    {
        for (var number = 0; number < 32; number++)
            await SubmitAsync("sofa" + number, "sofa");
        await SubmitAsync("chair", "chair");
        Assert.Equal("sofa0 on w", await ClaimAsync(holders: [new FileHolder("w", 1, "chair")]));
        Assert.Equal("chair on w", await ClaimAsync(holders: [new FileHolder("w", 1, "chair")]));
    }

    [Fact]
    public async Task A_claim_tells_what_the_next_job_needs_where_that_is_asked()
    {
        await new AssetRegistry(jobs.Gate).RegisterAsync(new AssetRecord(Hex, 1, "model/gltf-binary", "a.glb"), default);
        foreach (var id in new[] { "first", "second", "third" })
            await store.SubmitAsync(Some.Submission(id, specification => specification with { Assets = id == "second" ? [Hex] : [] }), default);
        var attempts = new AttemptStore(jobs.Gate);
        Assert.Equal([Hex], (await attempts.ClaimAsync(Some.Claim with { LookAhead = true }, default))!.Ahead);
        Assert.Empty((await attempts.ClaimAsync(Some.Claim, default))!.Ahead);
        Assert.Empty((await attempts.ClaimAsync(Some.Claim with { LookAhead = true }, default))!.Ahead); // Nothing is next.
    }

    private Task<SubmitOutcome> SubmitAsync(string id, string? file, int priority = 50, string client = "c") => store.SubmitAsync(
        Some.Submission(
            id, specification => specification with { Priority = priority, Input = file is null ? [] : new JsonObject { ["file"] = file } }, client),
        default);

    private async Task<string?> ClaimAsync(IReadOnlyList<FileHolder>? holders = null, IReadOnlyList<string>? taken = null)
    {
        var claimed = await new AttemptStore(jobs.Gate).ClaimAsync(Some.Claim with { Holders = holders ?? [], Taken = taken ?? [] }, default);
        return claimed is null ? null : $"{claimed.Job.Id} on {claimed.Job.Attempts[^1].Worker}";
    }
}
