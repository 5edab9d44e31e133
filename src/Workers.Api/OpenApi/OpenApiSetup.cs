using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Workers.Api.OpenApi;

/// <summary>The OpenAPI 3.1 document at /openapi/v1.json and its page at /docs.</summary>
internal static class OpenApiSetup
{
    /// <summary>The document's name.</summary>
    public const string Document = "v1";

    /// <summary>Adds the generator.</summary>
    public static IServiceCollection AddOpenApiDocument(this IServiceCollection services) => services
        .AddEndpointsApiExplorer()
        .AddSwaggerGen(Describe);

    /// <summary>Serves the document and its page.</summary>
    public static void MapOpenApi(this WebApplication app)
    {
        app.UseSwagger(swagger =>
        {
            swagger.RouteTemplate = "openapi/{documentName}.json";
            swagger.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        });
        app.UseSwaggerUI(page =>
        {
            page.RoutePrefix = "docs";
            page.DocumentTitle = "Workers API";
            page.SwaggerEndpoint($"/openapi/{Document}.json", "Workers API");
        });
    }

    private static void Describe(SwaggerGenOptions swagger)
    {
        swagger.SwaggerDoc(Document, new OpenApiInfo
        {
            Title = "Workers",
            Version = Document,
            Description = "Render workers that stay warm, behind one HTTP API. Durations are seconds, sizes bytes, times RFC 3339 in UTC. "
                + "Errors are application/problem+json (RFC 9457); their `code` is one of a closed set, listed with each response. 500 `internal`, a fault of the server, may come from "
                + "anywhere; its log tells more under the `traceId`.",
        });
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory, "Workers.*.xml"))
            swagger.IncludeXmlComments(file);
        swagger.AddSecurityDefinition("key", new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "An API key, where keys are configured.",
        });
        swagger.SupportNonNullableReferenceTypes();
        swagger.MapType<JsonNode>(() => new OpenApiSchema()); // Any JSON, not the members of .NET's class.
        swagger.DescribeAllParametersInCamelCase();
        swagger.OperationFilter<TakenBodyFilter>();
        swagger.OperationFilter<ParametersFilter>();
        swagger.OperationFilter<ProblemCodesFilter>();
    }
}
