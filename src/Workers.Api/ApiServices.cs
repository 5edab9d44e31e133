using System.Net;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Workers.Api.Assets;
using Workers.Api.Caching;
using Workers.Api.Calls;
using Workers.Api.Engines;
using Workers.Api.Events;
using Workers.Api.Fetching;
using Workers.Api.Health;
using Workers.Api.Jobs;
using Workers.Api.Jobs.Bulk;
using Workers.Api.Metrics;
using Workers.Api.Nodes;
using Workers.Api.OpenApi;
using Workers.Api.Security;
using Workers.Api.SignedUrls;
using Workers.Api.Status;
using Workers.Api.Templates;
using Workers.Api.Watching;
using Workers.Blobs;
using Workers.Contracts;
using Workers.Jobs;
using Workers.Jobs.Configuration;

namespace Workers.Api;

/// <summary>What the API is made of.</summary>
public static class ApiServices
{
    /// <summary>
    /// Adds the API over <see cref="JobsServices.AddWorkersJobs"/> and an <see cref="IBlobStore"/>, which the host brings.
    /// </summary>
    public static IServiceCollection AddWorkersApi(this IServiceCollection services, ServerSettings settings)
    {
        services.TryAddSingleton(settings);
        services.TryAddSingleton(TimeProvider.System);
        return services.AddSecurity(settings).AddWire().AddJobs().AddCaching().AddCalls().AddTemplates().AddAssets().AddEngines().AddEvents().AddOperations();
    }

    private static IServiceCollection AddSecurity(this IServiceCollection services, ServerSettings settings) =>
        services.AddSingleton<ApiKeys>().AddSingleton<Tickets>().AddCors(cors => cors.AddDefaultPolicy(policy => AllowOrigins(policy, settings)));

    private static void AllowOrigins(CorsPolicyBuilder policy, ServerSettings settings) => policy
        .WithOrigins([.. settings.Origins])
        .AllowAnyMethod()
        .AllowAnyHeader()
        .WithExposedHeaders("Location", "Retry-After", "Job-Id", "ETag", "Link", "Server-Timing", "Content-Location", "Preference-Applied",
            "Cache-Status");

    private static IServiceCollection AddWire(this IServiceCollection services) => services
        .ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, WireJson.Readable))
        .Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true)
        .AddOpenApiDocument();

    private static IServiceCollection AddJobs(this IServiceCollection services) => services
        .AddSingleton<JobPreparer>().AddSingleton<JobSubmitter>().AddSingleton<JobWaiter>().AddSingleton<JobDocuments>().AddSingleton<JobAnswer>()
        .AddSingleton<ResultAnswer>().AddSingleton<SubmitHandlers>().AddSingleton<JobRetrier>().AddSingleton<ChangeHandlers>()
        .AddSingleton<BulkHandlers>().AddSingleton<BatchHandlers>()
        .AddSingleton<JobHandlers>().AddSingleton<PartHandlers>().AddSingleton<LogHandlers>();

    private static IServiceCollection AddCalls(this IServiceCollection services) =>
        services.AddSingleton<CallBodyReader>().AddSingleton<FunctionSelector>().AddSingleton<CallRunner>().AddSingleton<CallHandlers>()
            .AddSingleton<ContentSubmitter>().AddSingleton<CallBatchHandlers>();

    private static IServiceCollection AddCaching(this IServiceCollection services) => services
        .AddSingleton<CacheKeys>().AddSingleton<RootContents>().AddSingleton<HotResults>().AddSingleton<RenderCache>()
        .AddSingleton<CacheMetrics>().AddSingleton<CacheFigures>().AddSingleton<CacheStatus>().AddSingleton<StoredAnswer>()
        .AddSingleton<CachedSubmitter>();

    private static IServiceCollection AddTemplates(this IServiceCollection services) => services
        .AddSingleton<TemplateLibrary>().AddSingleton<TemplatePreparer>().AddSingleton<TemplateChecker>().AddSingleton<TemplateHandlers>()
        .AddSingleton<TemplateCallHandlers>().AddSingleton<PrerenderHandlers>().AddSingleton<UrlKeys>()
        .AddSingleton<RememberedUrls>().AddSingleton<SignedUrlHandlers>();

    private static IServiceCollection AddAssets(this IServiceCollection services) =>
        services.AddSingleton<AssetIntake>().AddSingleton<AssetHandlers>().AddSingleton<RootFiles>().AddFetching().AddWatching();

    private static IServiceCollection AddWatching(this IServiceCollection services) =>
        services.AddSingleton<WatchCaller>().AddSingleton<FileHandlers>().AddHostedService<FolderWatcher>();

    private static IServiceCollection AddFetching(this IServiceCollection services)
    {
        services.TryAddSingleton<HostResolver>(Dns.GetHostAddressesAsync);
        return services.AddSingleton<FetchRules>().AddSingleton<UrlFetcher>().AddSingleton<UrlAssets>();
    }

    private static IServiceCollection AddEngines(this IServiceCollection services) =>
        services.AddSingleton<EngineCatalog>().AddHostedService<EngineCatalogRefresher>();

    private static IServiceCollection AddEvents(this IServiceCollection services) => services.AddSingleton<JobStream>().AddSingleton<FeedStream>();

    private static IServiceCollection AddOperations(this IServiceCollection services) => services
        .AddSingleton<QueueView>().AddSingleton<Readiness>().AddSingleton<Desires>()
        .AddSingleton<RunHistograms>().AddHostedService<RunObserver>();
}
