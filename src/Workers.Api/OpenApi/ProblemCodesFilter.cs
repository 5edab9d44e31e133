using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;
using Workers.Api.Problems;
using Workers.Api.Security;
using Workers.Contracts;

namespace Workers.Api.OpenApi;

/// <summary>
/// Lists, under each error status of a route, the problem codes it may carry: its own, and those that are answered before any route is reached; and the
/// role the route needs.
/// </summary>
internal sealed class ProblemCodesFilter : IOperationFilter
{
    /// <inheritdoc/>
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        var role = metadata.OfType<RequiredRole>().LastOrDefault()?.Role ?? Role.Admin;
        var own = metadata.OfType<ProblemMetadata>().SelectMany(problems => problems.Kinds);
        var kinds = own.Concat(OfEveryRoute(context.ApiDescription, role)).Distinct();
        var responses = operation.Responses ??= [];
        foreach (var group in kinds.GroupBy(kind => kind.Status).OrderBy(group => group.Key))
            responses[group.Key.ToString(CultureInfo.InvariantCulture)] = Response(group, context);

        if (role != Role.None)
            operation.Description = $"{operation.Description} Role: {role.ToString().ToLowerInvariant()}.".TrimStart();
    }

    private static OpenApiResponse Response(IEnumerable<ProblemKind> kinds, OperationFilterContext context)
    {
        var schema = context.SchemaGenerator.GenerateSchema(typeof(ProblemDocument), context.SchemaRepository);
        return new()
        {
            Description = string.Join("; ", kinds.Select(kind => $"`{kind.Code}`: {kind.Title}")),
            Content = new Dictionary<string, IOpenApiMediaType> { [ProblemWriter.MediaType] = new OpenApiMediaType { Schema = schema } },
        };
    }

    private static IEnumerable<ProblemKind> OfEveryRoute(ApiDescription route, Role role)
    {
        // A signed URL is its own permission, by whatever host's name it is asked for.
        if (!route.RelativePath!.StartsWith("i/", StringComparison.Ordinal))
            yield return ProblemKinds.HostNotAllowed;
        if (role == Role.None)
            yield break;
        yield return ProblemKinds.Unauthenticated;
        if (role != Role.Read)
            yield return ProblemKinds.Forbidden;
        if (!HttpMethods.IsGet(route.HttpMethod!) && !HttpMethods.IsHead(route.HttpMethod!))
            yield return ProblemKinds.OriginNotAllowed;
    }
}
