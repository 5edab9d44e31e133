using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Workers.Api.Assets;
using Workers.Api.Calls;
using Workers.Api.Engines;
using Workers.Api.Http;
using Workers.Api.Jobs;
using Workers.Jobs;
using Workers.Jobs.Watching;

namespace Workers.Api.Watching;

/// <summary>Makes the calls for watched files: jobs of their own client, at low priority.</summary>
internal sealed class WatchCaller(EngineCatalog catalog, JobStore jobs, RootFiles roots)
{
    /// <summary>The client of these jobs: it takes turns with everybody else of its priority.</summary>
    public const string Client = "(watch)";

    /// <summary>Submits; the same call for the same state of a file is the same job.</summary>
    /// <returns>How it stands, or null: not now, an engine or room in its queue is missing.</returns>
    public async Task<WatchedCall?> SubmitAsync(string root, WantedCall wanted, CancellationToken cancellation)
    {
        var file = $"{RootFiles.Prefix}{root}/{wanted.Path}";
        if (roots.Check(file) is { } wrong)
            return new WatchedCall(WatchedCall.Refused, null, Message: wrong);
        var view = await catalog.GetAsync(cancellation);
        var having = view.Engines.Where(engine => engine.Functions.ContainsKey(wanted.Function)).ToList();
        if (having.Count == 0)
            return null; // No worker of an engine with this function has been ready yet.
        var extension = FileNames.Extension(wanted.Path);
        if (having.Find(engine => extension is not null && engine.Functions[wanted.Function].Report.FileTypes.Contains(extension)) is not { } engine)
            return new WatchedCall(WatchedCall.Refused, null, Message: $"'{wanted.Function}' does not open .{extension} files.");

        var input = new JsonObject { [CallBody.FileProperty] = file };
        var schema = engine.Functions[wanted.Function].Schema;
        if (schema.Validate(input, "") is [var error, ..])
            return new WatchedCall(WatchedCall.Refused, null, Message: $"{error.Pointer}: {error.Detail}");
        schema.ApplyDefaults(input);
        var specification = new JobSpecification
        {
            Engine = engine.Name, Function = wanted.Function, Input = input, Priority = wanted.Watch.Priority, Tags = ["watch"],
        };
        var outcome = await jobs.SubmitAsync(
            new Submission
            {
                Id = IdOf(file, wanted), Client = Client, Specification = specification, BodyHash = RequestHash.Of(specification),
                QueueLimit = engine.QueueLimit,
            },
            cancellation);
        return outcome.Code is SubmitCode.Created or SubmitCode.Repeated ? new WatchedCall(WatchedCall.Queued, outcome.JobId)
            : outcome.Code == SubmitCode.Conflict ? new WatchedCall(WatchedCall.Refused, null, Message: "its job was submitted with other options")
            : null;
    }

    /// <summary>How a call stands now; null: its job is gone before anybody saw its end.</summary>
    public async Task<WatchedCall?> LookAsync(WatchedCall call, CancellationToken cancellation)
    {
        var job = await jobs.FindAsync(call.Job!, cancellation);
        return job is null ? null
            : !job.State.IsTerminal() ? call
            : new WatchedCall(
                job.State.Wire(), job.Id, job.Result?.Artifacts is [var main, ..] ? main.Asset : null, job.Failure?.Message);
    }

    // By what is asked of which state of the file: a process that takes over, or begins again, means the same job.
    private static string IdOf(string file, WantedCall wanted)
    {
        var told = string.Create(
            CultureInfo.InvariantCulture, $"{wanted.Function}\n{wanted.File.Size}\n{wanted.File.ModifiedAt.UtcTicks}\n{file}");
        return "watch-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(told)))[..40];
    }
}
