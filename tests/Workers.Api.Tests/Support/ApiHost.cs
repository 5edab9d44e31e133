using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Workers.Blobs;
using Workers.Jobs.Configuration;
using Workers.Jobs.Engines;

namespace Workers.Api.Tests.Support;

/// <summary>The real API on a real Kestrel, port 0, over a real Redis.</summary>
internal sealed class ApiHost : IAsyncDisposable
{
    private readonly TempFolder folder;
    private readonly WebApplication app;
    private readonly ErrorLog errors;

    private ApiHost(TempFolder folder, WebApplication app, ErrorLog errors)
    {
        (this.folder, this.app, this.errors) = (folder, app, errors);
        Client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()), Timeout = Eventually.Limit };
    }

    public HttpClient Client { get; }

    public IServiceProvider Services => app.Services;

    public TempFolder Folder => folder;

    public JobStore Jobs => app.Services.GetRequiredService<JobStore>();

    public IBlobStore Blobs => app.Services.GetRequiredService<IBlobStore>();

    public static async Task<ApiHost> StartAsync(
        string redis, Func<ServerSettings, ServerSettings>? change = null, Action<IServiceCollection>? add = null)
    {
        var folder = new TempFolder();
        var settings = new ServerSettings
        {
            Data = folder.FullPath,
            Runtime = folder.FullPath,
            NodeId = "n1",
            Urls = "http://127.0.0.1:0",
            Engines = [Engine("testcard"), Engine("blender")],
        };
        settings = change?.Invoke(settings) ?? settings;
        var errors = new ErrorLog();
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(errors);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddWorkersJobs(redis);
        builder.Services.AddWorkersBlobs(settings);
        add?.Invoke(builder.Services);
        builder.Services.AddWorkersApi(settings);
        var app = builder.Build();
        app.MapWorkersApi();
        await app.StartAsync();
        return new ApiHost(folder, app, errors);
    }

    public static EngineSpecification Engine(string name, int queueLimit = 10_000) =>
        new() { Name = name, Command = ["true"], QueueLimit = queueLimit };

    public Task StopAsync() => app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        using (var limit = new CancellationTokenSource(Eventually.Limit))
            await app.StopAsync(limit.Token);
        await app.DisposeAsync();
        folder.Dispose();
        Assert.Empty(errors.Messages); // no test here may meet a fault of ours
    }
}
