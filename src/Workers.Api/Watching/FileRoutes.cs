using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Workers.Api.Problems;
using Workers.Api.Security;
using Workers.Contracts;

namespace Workers.Api.Watching;

/// <summary>Routes under <c>/v1/files</c>.</summary>
internal static class FileRoutes
{
    /// <summary>Maps them.</summary>
    public static void MapFiles(this IEndpointRouteBuilder routes) =>
        routes.MapGet(
                "/v1/files",
                (HttpContext context, [AsParameters] FileListParameters parameters, FileHandlers handlers) => handlers.ListAsync(context, parameters))
            .WithTags("Files").Needs(Role.Read).WithSummary("List files in watched folders and what was made of them")
            .WithDescription("Settled files by path, with the state, job and asset of each call that the configuration's watch asks for. ?folder= beneath a "
                + "folder; ?state=failed with such a call; ?uses=wood.png and ?missing=true as for assets. A page may hold fewer than asked; go on until "
                + "nextPageToken is null.")
            .Produces<FileListDocument>().Fails(ProblemKinds.MalformedRequest, ProblemKinds.RedisUnavailable);
}
