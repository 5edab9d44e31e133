using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Workers.Testing;

namespace Workers.Server.Tests;

/// <summary>A real workers-server process with a data folder, driven over HTTP like any client would.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    /// <summary>The program: what <c>WORKERS_SERVER</c> names, such as the published one, which is compiled ahead; else the one beside the tests.</summary>
    internal static readonly string Program =
        Environment.GetEnvironmentVariable("WORKERS_SERVER") is { Length: > 0 } named ? named : Path.Combine(AppContext.BaseDirectory, "workers-server.dll");

    private readonly ConcurrentQueue<string> output = new();
    private readonly Process process;

    private ServerProcess(Process process, string url)
    {
        this.process = process;
        Url = url;
        Http = new HttpClient { BaseAddress = new Uri(url), Timeout = TimeSpan.FromMinutes(3) };
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    internal string Url { get; }

    internal HttpClient Http { get; }

    internal int Pid => process.Id;

    internal int ExitCode => process.ExitCode;

    /// <summary>What it printed so far.</summary>
    internal string Output => string.Join('\n', output);

    /// <summary>Starts one and waits until it is ready to work.</summary>
    internal static async Task<ServerProcess> StartAsync(string data, params string[] arguments)
    {
        var server = Launch(data, arguments);
        await server.BecomesReadyAsync();
        return server;
    }

    /// <summary>Starts one without waiting.</summary>
    internal static ServerProcess Launch(string data, params string[] arguments)
    {
        return Launch([], $"http://127.0.0.1:{TestPorts.Free()}", data, arguments);
    }

    /// <summary>Starts one that trusts the certificates in that file and no others, without waiting.</summary>
    internal static ServerProcess LaunchTrusting(string certificates, string data, params string[] arguments) =>
        Launch(["env", $"SSL_CERT_FILE={certificates}", "SSL_CERT_DIR=/nowhere"], $"http://127.0.0.1:{TestPorts.Free()}", data, arguments);

    /// <summary>Starts one in a network namespace, at its address, without waiting.</summary>
    internal static ServerProcess LaunchIn(string networkNamespace, string url, string data, params string[] arguments) =>
        Launch(["ip", "netns", "exec", networkNamespace], url, data, arguments);

    // `ip` and `env` become the program they run: the process id is the server's.
    private static ServerProcess Launch(string[] before, string url, string data, string[] arguments)
    {
        string[] command =
            [.. before, "dotnet", Program, "--data", data, "--urls", url, .. arguments];
        return new ServerProcess(
            Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!, url);
    }

    internal Task BecomesReadyAsync() => Eventually.HoldsAsync(
        async () =>
        {
            if (process.HasExited)
                throw new InvalidOperationException($"The server ended with {process.ExitCode}:\n{Output}");
            try
            {
                using var reply = await Http.GetAsync("/readyz");
                return reply.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        },
        "the server is ready");

    /// <summary>Waits until that engine has a warm worker.</summary>
    internal Task EngineIsAvailableAsync(string engine) => Eventually.HoldsAsync(
        async () =>
        {
            using var reply = await Http.GetAsync($"/v1/engines/{engine}");
            return reply.IsSuccessStatusCode && (await reply.Content.ReadFromJsonAsync<JsonObject>())!["available"]!.GetValue<bool>();
        },
        $"{engine} is available");

    internal async Task<JsonObject> GetAsync(string path) => (await Http.GetFromJsonAsync<JsonObject>(path))!;

    /// <summary>Submits a job and gives its id.</summary>
    internal async Task<string> SubmitAsync(string engine, string function, JsonObject input, Action<JsonObject>? with = null)
    {
        var envelope = new JsonObject { ["engine"] = engine, ["function"] = function, ["input"] = input };
        with?.Invoke(envelope);
        using var reply = await Http.PostAsJsonAsync("/v1/jobs", envelope);
        var document = await reply.Content.ReadFromJsonAsync<JsonObject>();
        Assert.True(reply.IsSuccessStatusCode, $"{(int)reply.StatusCode}: {document}");
        return document!["id"]!.GetValue<string>();
    }

    /// <summary>The job once it is over.</summary>
    internal async Task<JsonObject> EndAsync(string id)
    {
        JsonObject? job = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                using var reply = await Http.GetAsync($"/v1/jobs/{id}?wait=20");
                if (reply.StatusCode == HttpStatusCode.ServiceUnavailable)
                    return false; // Redis is away: a client tries again
                job = (await reply.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonObject>())!;
                return job["state"]!.GetValue<string>() is "succeeded" or "failed" or "canceled";
            },
            $"job {id} is over");
        return job!;
    }

    internal async Task<string> UploadAsync(byte[] content, string name)
    {
        using var body = new ByteArrayContent(content);
        body.Headers.ContentType = new("application/octet-stream");
        using var reply = await Http.PostAsync($"/v1/assets?filename={name}", body);
        Assert.True(reply.IsSuccessStatusCode, await reply.Content.ReadAsStringAsync());
        return (await reply.Content.ReadFromJsonAsync<JsonObject>())!["asset"]!.GetValue<string>();
    }

    internal async Task Kill9Async()
    {
        Signals.SendKill(process.Id);
        await process.WaitForExitAsync().WithinLimitAsync();
    }

    /// <summary>Asks it to stop, as a service manager would, and waits.</summary>
    internal async Task<int> StopAsync()
    {
        if (!process.HasExited)
            Signals.SendTerminate(process.Id);
        await process.WaitForExitAsync().WithinLimitAsync();
        return process.ExitCode;
    }

    internal Task ExitAsync() => process.WaitForExitAsync().WithinLimitAsync();

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            await StopAsync();
        Http.Dispose();
        process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is not null)
            output.Enqueue(line);
        while (output.Count > 2_000)
            output.TryDequeue(out _);
    }
}
