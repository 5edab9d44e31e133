using Microsoft.AspNetCore.Builder;
using Workers.Api.Assets;
using Workers.Api.Calls;
using Workers.Api.Engines;
using Workers.Api.Events;
using Workers.Api.Health;
using Workers.Api.Jobs;
using Workers.Api.Metrics;
using Workers.Api.Nodes;
using Workers.Api.OpenApi;
using Workers.Api.Problems;
using Workers.Api.Security;
using Workers.Api.SignedUrls;
using Workers.Api.Status;
using Workers.Api.Templates;
using Workers.Api.Watching;
using Workers.Api.Workers;

namespace Workers.Api;

/// <summary>The API's pipeline and routes.</summary>
public static class ApiRoutes
{
    /// <summary>Adds the pipeline (problems, pictures in memory, host check, routing, CORS, keys) and every route.</summary>
    public static WebApplication MapWorkersApi(this WebApplication app)
    {
        app.UseMiddleware<ProblemMiddleware>();
        app.UseMiddleware<HotUrlMiddleware>();
        app.UseMiddleware<HostMiddleware>();
        app.UseRouting();
        app.UseCors();
        app.UseMiddleware<ApiKeyMiddleware>();

        app.MapCalls();
        app.MapTemplates();
        app.MapSignedUrls();
        app.MapJobs();
        app.MapEvents();
        app.MapAssets();
        app.MapFiles();
        app.MapEngines();
        app.MapStatus();
        app.MapNodes();
        app.MapWorkers();
        app.MapHealth();
        app.MapMetrics();
        app.MapOpenApi();
        return app;
    }
}
