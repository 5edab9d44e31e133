using System.Globalization;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;
using Workers.Api.Problems;
using Workers.Api.Security;

namespace Workers.Api.OpenApi;

/// <summary>Lists, under each error status of a route, the problem codes it may carry; and the role the route needs.</summary>
internal sealed class ProblemCodesFilter : IOperationFilter
{
    /// <inheritdoc/>
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var metadata = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        var kinds = metadata.OfType<ProblemMetadata>().SelectMany(problems => problems.Kinds);
        foreach (var group in kinds.GroupBy(kind => kind.Status))
        {
            var status = group.Key.ToString(CultureInfo.InvariantCulture);
            if (operation.Responses is { } responses && responses.TryGetValue(status, out var response))
                response.Description = string.Join("; ", group.Select(kind => $"`{kind.Code}`: {kind.Title}"));
        }

        if (metadata.OfType<RequiredRole>().LastOrDefault() is { Role: not Role.None and var role })
            operation.Description = $"{operation.Description} Role: {role.ToString().ToLowerInvariant()}.".TrimStart();
    }
}
