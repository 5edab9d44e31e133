using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Workers.Jobs;
using Workers.Jobs.Assets;
using Workers.Jobs.Redis;
using Workers.Testing;

namespace Workers.Bench.Setup;

/// <summary>The scripts of a job's way, run straight from C#: submit, claim, complete, with arguments as large as a real render's.</summary>
internal sealed class ScriptChain : IAsyncDisposable
{
    private const string Engine = "testcard";
    private const int PictureBytes = 333; // A testcard of 64 px.

    private static readonly ClaimRequest Claimant = new(
        Engine, "bench", "0123456789abcdef0123456789abcdef", "testcard-1", 4242, new Dictionary<string, string>());

    private static readonly byte[] Picture = new byte[PictureBytes];

    private readonly RedisGate gate;

    private ScriptChain(RedisGate gate)
    {
        this.gate = gate;
        Jobs = new JobStore(gate);
        Attempts = new AttemptStore(gate);
    }

    public JobStore Jobs { get; }

    public AttemptStore Attempts { get; }

    public static async Task<ScriptChain> OpenAsync(TestRedis redis, CancellationToken cancellation)
    {
        var options = new RedisGateOptions { ConnectionString = redis.ConnectionString, Deadline = TimeSpan.FromSeconds(30) };
        var gate = new RedisGate(options, NullLogger<RedisGate>.Instance);
        await gate.StartAsync(cancellation);
        return new ScriptChain(gate);
    }

    /// <summary>A job from nothing to succeeded, as three calls one after the other.</summary>
    /// <returns>Seconds.</returns>
    public async Task<double> RunAsync(long seed, CancellationToken cancellation)
    {
        var submission = NewSubmission(seed);
        var began = Stopwatch.GetTimestamp();
        await Jobs.SubmitAsync(submission, cancellation);
        await CompleteAsync(await ClaimAsync(cancellation), cancellation);
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    /// <summary>What the API submits for a testcard of 64 px.</summary>
    public static Submission NewSubmission(long seed, string client = "anonymous") => new()
    {
        Id = Submission.NewId(),
        Client = client,
        BodyHash = Hex(seed),
        QueueLimit = int.MaxValue,
        Specification = new JobSpecification
        {
            Engine = Engine,
            Function = "render",
            Input = new JsonObject { ["width"] = 64, ["height"] = 64, ["seed"] = seed },
            TraceParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        },
    };

    public async Task<ClaimedJob> ClaimAsync(CancellationToken cancellation) =>
        await Attempts.ClaimAsync(Claimant, cancellation) ?? throw new InvalidOperationException("There was nothing to claim.");

    public async Task CompleteAsync(ClaimedJob claimed, CancellationToken cancellation)
    {
        var asset = "sha256:" + Hex(claimed.Job.Sequence);
        var result = new JobResult
        {
            Artifacts = [new JobArtifact("image.png", asset, "image/png", PictureBytes, 64, 64)],
            Timings = new JobTimings(0, 0.000123, 0.000045),
        };
        var outcome = await Attempts.CompleteAsync(claimed.Lease, result, [new CarriedBytes(AssetId.Hex(asset), Picture)], cancellation);
        if (outcome != LeaseOutcome.Accepted) throw new InvalidOperationException($"A completion was answered {outcome}.");
    }

    public ValueTask DisposeAsync() => gate.DisposeAsync();

    private static string Hex(long number) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(number.ToString(System.Globalization.CultureInfo.InvariantCulture))));
}
