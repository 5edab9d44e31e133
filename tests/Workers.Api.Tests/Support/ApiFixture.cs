using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Workers.Jobs.Configuration;
using Workers.Jobs.Nodes;

namespace Workers.Api.Tests.Support;

/// <summary>
/// One Redis and one API for the tests of a class. This one has no keys, engine testcard with a render and an inspect, and blender not installed.
/// </summary>
public class ApiFixture : IAsyncLifetime
{
    internal TestRedis Redis { get; } = new();

    internal ApiHost Host { get; private set; } = null!;

    internal NodeActor Node { get; private set; } = null!;

    internal HttpClient Client => Host.Client;

    private protected virtual EngineReport[] Engines =>
        [NodeActor.Engine("testcard", NodeActor.Render(), NodeActor.Inspect()), NodeActor.Engine("blender")];

    public virtual async Task InitializeAsync()
    {
        Host = await ApiHost.StartAsync(Redis.ConnectionString, Change, Add);
        Node = new NodeActor(Host);
        await Node.ReportAsync(Engines);
    }

    public virtual async Task DisposeAsync()
    {
        await Node.DisposeAsync();
        await Host.DisposeAsync();
        await Redis.DisposeAsync();
    }

    private protected virtual ServerSettings Change(ServerSettings settings) => settings;

    private protected virtual void Add(IServiceCollection services)
    {
    }
}

/// <summary>With an engine that opens files, a root with links that lead out of it, and small uploads.</summary>
public sealed class FileApi : ApiFixture
{
    internal static readonly byte[] Blend = Encoding.ASCII.GetBytes("BLENDER-v304" + new string('x', 5000));

    private TempFolder Roots { get; } = new();

    private protected override EngineReport[] Engines =>
        [NodeActor.Engine("testcard", NodeActor.Render()), NodeActor.Engine("blender", NodeActor.FileRender())];

    public override async Task InitializeAsync()
    {
        Directory.CreateDirectory(Roots.Below("models"));
        await File.WriteAllBytesAsync(Roots.Below("models", "chair.blend"), Blend);
        await File.WriteAllTextAsync(Roots.Below("secret.blend"), "secret");
        File.CreateSymbolicLink(Roots.Below("models", "out.blend"), Roots.Below("secret.blend"));
        Directory.CreateSymbolicLink(Roots.Below("models", "up"), Roots.FullPath);
        await base.InitializeAsync();
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        Roots.Dispose();
    }

    private protected override ServerSettings Change(ServerSettings settings) =>
        settings with { Roots = new Dictionary<string, string> { ["models"] = Roots.Below("models") }, UploadBytes = 20_000 };
}

/// <summary>With keys, an origin and a host name.</summary>
public sealed class SecuredApi : ApiFixture
{
    private protected override ServerSettings Change(ServerSettings settings) => settings with
    {
        Keys = [Key("reader", "read"), Key("shop", "submit"), Key("boss", "admin")],
        Hosts = ["render.example"],
        Origins = ["https://shop.example"],
    };

    private static ApiKey Key(string name, string role) =>
        new(name, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("key-of-" + name))), role);
}
