using System.Globalization;
using System.Text;
using Workers.Jobs.Engines;
using Workers.Node.Processes;
using Workers.Node.Protocol;
using Workers.Node.Runtime;

namespace Workers.Node.Workers;

/// <summary>Brings a worker's process from nothing to warm: spawn, hello, warm-up.</summary>
/// <param name="host">What all workers share.</param>
/// <param name="specification">Its engine.</param>
/// <param name="worker">Its name.</param>
/// <param name="slot">Its number in the pool, from 1.</param>
internal sealed class WorkerLauncher(WorkerHost host, EngineSpecification specification, string worker, int slot)
{
    private const string SlotPlaceholder = "${slot}";

    private const int ToldOutputCharacters = 1_000;

    /// <summary>Starts a process; it is ready when this returns. A failed start leaves nothing behind.</summary>
    /// <exception cref="ProgramMissingException">The program, or something that it needs, is not installed.</exception>
    /// <exception cref="WorkerStartException">It could not be started, ended, did not say hello in time, or its warm-up failed.</exception>
    public async Task<WorkerProcess> StartAsync(CancellationToken stop)
    {
        var scratch = host.Folder.CreateScratch(worker);
        using var expectation = host.Listener.Expect(worker);
        var output = new WorkerOutput();
        ChildProcess? child = null;
        WorkerProcess? process = null;
        var limit = TimeSpan.FromSeconds(specification.StartTimeoutSeconds);
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limited.CancelAfter(limit);
        try
        {
            child = Spawn(scratch, expectation.Token, output);
            host.Orphans.Remember(worker, child.Identity);
            var (hello, connection) = await GreetAsync(expectation, child, limited.Token);
            process = new WorkerProcess(child, connection, hello, output, () => CleanUp(scratch));
            var reply = await WarmUpAsync(hello, connection, limited.Token);
            process.SetFound(new WarmUpResult(reply.Facts, EngineBuild.Of(specification, hello, reply.Facts)));
            ProcessNiceness.Apply(child.Pid, specification.Nice); // Only now: a start must not take ten times as long on a busy machine.
            return process;
        }
        catch (Exception error)
        {
            if (process is not null)
                await process.DisposeAsync();
            else
                await AbandonAsync(expectation, child);
            CleanUp(scratch);
            if (error is ProgramMissingException || stop.IsCancellationRequested)
                throw;
            var reason = error is OperationCanceledException ? $"It was not ready within {limit.TotalSeconds:0.###} s." : error.Message;
            throw new WorkerStartException($"Worker {worker} did not start. {reason}{Told(output)}", error);
        }
    }

    private ChildProcess Spawn(string scratch, string token, WorkerOutput output)
    {
        var program = ProgramPath.Find(KitFolder.Expand(specification.Command[0])) ?? throw new ProgramMissingException(MissingText());
        return ChildProcess.Start(new ChildProcessOptions
        {
            Program = program,
            Arguments = [.. specification.Command.Skip(1).Select(KitFolder.Expand)],
            Environment = EnvironmentFor(scratch, token),
            WorkingFolder = scratch,
            Output = output.Write,
        });
    }

    private string MissingText()
    {
        var program = specification.Command[0];
        var variable = Path.GetFileName(program) == "blender" ? " or BLENDER=/path/to/blender" : "";
        return $"{program} is not installed or not on PATH; set engines.{specification.Name}.command{variable}.";
    }

    // Nothing of the node's own environment but PATH: it may hold secrets.
    private Dictionary<string, string> EnvironmentFor(string scratch, string token)
    {
        var temporary = Path.Combine(scratch, "tmp");
        Directory.CreateDirectory(temporary);
        var variables = new Dictionary<string, string>
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin",
            ["HOME"] = scratch,
            ["TMPDIR"] = temporary,
            ["LANG"] = "C.UTF-8",
        };
        foreach (var (name, value) in specification.Environment)
            variables[name] = KitFolder.Expand(value).Replace(SlotPlaceholder, (slot - 1).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

        variables["WORKERS_CONNECT"] = host.Listener.Address;
        variables["WORKERS_TOKEN"] = token;
        variables["WORKERS_WORKER"] = worker;
        variables[OrphanSweeper.InstanceVariable] = host.Folder.Instance;
        if (specification.Functions.Count > 0)
            variables["WORKERS_FUNCTIONS"] = string.Join(Path.PathSeparator, specification.Functions);
        if (specification.Faults)
            variables["WORKERS_FAULTS"] = "1";
        if (specification.AllowPickle)
            variables["WORKERS_ALLOW_PICKLE"] = "1";
        return variables;
    }

    private static async Task<(Hello Hello, WorkerConnection Connection)> GreetAsync(
        ExpectedWorker expectation, ChildProcess child, CancellationToken limit)
    {
        await Task.WhenAny(expectation.Arrived, child.Exited).WaitAsync(limit);
        if (expectation.Arrived.IsCompleted)
            return await expectation.Arrived;
        throw new WorkerStartException($"Its process ended with exit status {await child.Exited} before it said hello.");
    }

    private async Task<WarmupReply> WarmUpAsync(Hello hello, WorkerConnection connection, CancellationToken limit)
    {
        var folder = host.Folder.CallFolder(worker + "-warmup");
        Directory.CreateDirectory(folder);
        try
        {
            return await connection.RequestAsync(
                Methods.Warmup, new Warmup(folder), ProtocolJson.Default.Warmup, ProtocolJson.Default.WarmupReply, limit);
        }
        catch (RpcException error) when (error.Error.Data?.Kind == ErrorKinds.Unavailable)
        {
            throw new ProgramMissingException(error.Error.Message, hello);
        }
        catch (RpcException error)
        {
            throw new WorkerStartException($"Its warm-up failed: {error.Message}", error);
        }
        finally
        {
            RuntimeFolder.Remove(folder);
        }
    }

    // It may have said hello after all, in the moment that it was given up.
    private static async Task AbandonAsync(ExpectedWorker expectation, ChildProcess? child)
    {
        expectation.Dispose();
        if (child is not null)
            await child.DisposeAsync();
        if (expectation.Arrived.IsCompletedSuccessfully)
            await (await expectation.Arrived).Connection.DisposeAsync();
    }

    private void CleanUp(string scratch)
    {
        host.Orphans.Forget(worker);
        RuntimeFolder.Remove(scratch);
    }

    // What it printed last usually says why.
    private static string Told(WorkerOutput output)
    {
        var text = Encoding.UTF8.GetString(output.Own.Read()).Trim();
        if (text.Length > ToldOutputCharacters)
            text = "…" + text[^ToldOutputCharacters..];
        return text.Length == 0 ? "" : $" It printed:\n{text}";
    }
}
