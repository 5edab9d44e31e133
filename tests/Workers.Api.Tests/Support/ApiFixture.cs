namespace Workers.Api.Tests.Support;

/// <summary>One Redis and one API without keys for the tests of a class; engine testcard with a render and an inspect, blender not installed.</summary>
public sealed class ApiFixture : IAsyncLifetime
{
    internal TestRedis Redis { get; } = new();

    internal ApiHost Host { get; private set; } = null!;

    internal NodeActor Node { get; private set; } = null!;

    internal HttpClient Client => Host.Client;

    public async Task InitializeAsync()
    {
        Host = await ApiHost.StartAsync(Redis.ConnectionString);
        Node = new NodeActor(Host);
        await Node.ReportAsync(NodeActor.Engine("testcard", NodeActor.Render(), NodeActor.Inspect()), NodeActor.Engine("blender"));
    }

    public async Task DisposeAsync()
    {
        await Host.DisposeAsync();
        await Redis.DisposeAsync();
    }
}
