using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Workers.Api.OpenApi;

/// <summary>Writes the request bodies that routes name with <see cref="TakenBody"/>.</summary>
internal sealed class TakenBodyFilter : IOperationFilter
{
    /// <inheritdoc/>
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        if (context.ApiDescription.ActionDescriptor.EndpointMetadata.OfType<TakenBody>().LastOrDefault() is not { } taken)
            return;
        operation.RequestBody = new OpenApiRequestBody
        {
            Content = taken.MediaTypes.ToDictionary(
                type => type,
                IOpenApiMediaType (type) => new OpenApiMediaType { Schema = Schema(taken.Type, type, context) }),
        };
    }

    private static IOpenApiSchema Schema(Type type, string mediaType, OperationFilterContext context)
    {
        if (type != typeof(Stream))
            return context.SchemaGenerator.GenerateSchema(type, context.SchemaRepository);
        return mediaType switch
        {
            "application/json" => new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Description = "The function's input; its schema is at /v1/engines/{name}.",
            },
            "multipart/form-data" => new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Properties = new Dictionary<string, IOpenApiSchema> { ["file"] = Bytes() },
            },
            _ => Bytes(),
        };
    }

    private static OpenApiSchema Bytes() => new() { Type = JsonSchemaType.String, Format = "binary" };
}
