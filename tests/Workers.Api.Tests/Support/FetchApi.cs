using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Workers.Api.Fetching;
using Workers.Jobs.Configuration;
using Workers.Jobs.Nodes;

namespace Workers.Api.Tests.Support;

/// <summary>An API that fetches URLs, a server to fetch from, and names that mean what the test says.</summary>
public sealed class FetchApi : ApiFixture
{
    internal const int MaxBytes = 100_000;

    internal FileServer Files { get; private set; } = null!;

    /// <summary>What a name means; asked for once a connection, and counted.</summary>
    internal ConcurrentDictionary<string, Func<int, IPAddress[]>> Names { get; } = new();

    internal ConcurrentDictionary<string, int> LookUps { get; } = new();

    private protected override EngineReport[] Engines => [NodeActor.Engine("blender", NodeActor.FileRender())];

    public override async Task InitializeAsync()
    {
        Files = await FileServer.StartAsync();
        foreach (var name in new[] { FileServer.Name, "alias.test", "private.test", "plain.test" })
            Names[name] = _ => [IPAddress.Loopback];
        await base.InitializeAsync();
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await Files.DisposeAsync();
    }

    internal Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellation)
    {
        var number = LookUps.AddOrUpdate(host, 1, (_, count) => count + 1);
        return Names.TryGetValue(host, out var means) ? Task.FromResult(means(number)) : throw new SocketException((int)SocketError.HostNotFound);
    }

    internal ServerSettings Fetching(ServerSettings settings) => settings with
    {
        Fetch = new FetchSettings
        {
            Enabled = true, MaxBytes = MaxBytes, CaFile = Files.CaFile, PlainHosts = ["plain.test"],
            PrivateHosts = [FileServer.Name, "alias.test", "plain.test", "rebinding.test", "link-local.test"],
        },
    };

    private protected override ServerSettings Change(ServerSettings settings) => Fetching(settings);

    private protected override void Add(IServiceCollection services) => services.AddSingleton<HostResolver>(ResolveAsync);
}
