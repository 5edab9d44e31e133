using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace Workers.Api.OpenApi;

/// <summary>Writes the parameters that routes name with <see cref="TakenParameters"/>, and says of every parameter what it means.</summary>
internal sealed class ParametersFilter : IOperationFilter
{
    /// <inheritdoc/>
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var parameters = operation.Parameters ??= [];
        foreach (var taken in context.ApiDescription.ActionDescriptor.EndpointMetadata.OfType<TakenParameters>())
        {
            foreach (var name in taken.Names)
                parameters.Add(new OpenApiParameter { Name = name, In = taken.In, Schema = new OpenApiSchema { Type = ParameterWords.TypeOf(name) } });
        }

        var path = context.ApiDescription.RelativePath ?? "";
        foreach (var parameter in parameters.OfType<OpenApiParameter>().Where(parameter => string.IsNullOrEmpty(parameter.Description)))
            parameter.Description = ParameterWords.Of(path, parameter.Name!);
    }
}
