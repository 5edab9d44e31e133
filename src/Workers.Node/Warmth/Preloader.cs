using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Workers.Jobs.Warmth;
using Workers.Node.Dispatch;
using Workers.Node.Pools;
using Workers.Node.Protocol;
using Workers.Node.Runtime;
using Workers.Node.Workers;

namespace Workers.Node.Warmth;

/// <summary>Makes the call that lets a worker open a file ahead of its use: of the engine's function <c>preload</c>, and of no job.</summary>
internal sealed class Preloader(AssetResolver assets, RuntimeFolder runtime)
{
    /// <summary>Opens it.</summary>
    /// <param name="pool">The worker's pool.</param>
    /// <param name="worker">The worker, reserved.</param>
    /// <param name="input">The function's input.</param>
    /// <param name="stop">Gives up.</param>
    /// <returns>Why the file could not be opened; null: it is open.</returns>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public async Task<string?> OpenAsync(Pool pool, Worker worker, JsonObject input, CancellationToken stop)
    {
        if (worker.Hello?.Functions.FirstOrDefault(known => known.Name == WarmWish.Function) is not { } function)
            return $"Engine {pool.Specification.Name} has no function '{WarmWish.Function}'.";
        var folder = runtime.CallFolder(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)));
        try
        {
            Directory.CreateDirectory(folder);
            var call = new Call
            {
                Function = WarmWish.Function, Input = input, Folder = folder, Assets = await assets.ResolveAsync(function.Input, input, stop), Job = "", Attempt = 1,
                DeadlineSeconds = pool.Specification.CallTimeoutSeconds,
            };
            var outcome = await worker.CallAsync(call, CallLimits.Of(pool.Specification), new CallObserver(_ => { }, _ => { }, new OutputRing()), stop);
            stop.ThrowIfCancellationRequested();
            if (outcome is CallOutcome.Delivered)
                worker.ProvenFile = worker.Holding?.File; // Is to be kept, although nobody has asked for it yet.
            return outcome switch
            {
                CallOutcome.Delivered => null,
                CallOutcome.Failed failed => failed.Failure.Message,
                _ => "The worker was gone before the file was open.",
            };
        }
        catch (InputException error)
        {
            return error.Failure.Message;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"The call could not be prepared on the node's disk: {error.Message}";
        }
        finally
        {
            RuntimeFolder.Remove(folder);
        }
    }
}
