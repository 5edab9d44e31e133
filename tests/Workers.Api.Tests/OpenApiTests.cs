using System.Text.Json.Nodes;
using Workers.Api.Problems;
using Workers.Api.Tests.Support;

namespace Workers.Api.Tests;

/// <summary>The committed OpenAPI document is the one that this code serves. UPDATE_OPENAPI=1 writes it anew (make openapi).</summary>
public sealed class OpenApiTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private static readonly string Committed = RepositoryPaths.Below("openapi", "workers.v1.json");

    [Fact]
    [Trait("Category", "Drift")]
    public async Task The_committed_document_has_not_drifted()
    {
        var served = (await api.Client.GetStringAsync("/openapi/v1.json")).ReplaceLineEndings("\n").TrimEnd() + "\n";
        if (Environment.GetEnvironmentVariable("UPDATE_OPENAPI") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Committed)!);
            await File.WriteAllTextAsync(Committed, served);
        }

        Assert.True(
            File.Exists(Committed) && await File.ReadAllTextAsync(Committed) == served,
            "openapi/workers.v1.json is not what the code serves: make openapi writes it.");
    }

    [Fact]
    public async Task Every_operation_has_a_summary_and_names_problems_of_the_catalogue()
    {
        var document = JsonNode.Parse(await api.Client.GetStringAsync("/openapi/v1.json"))!;
        Assert.StartsWith("3.1", (string?)document["openapi"], StringComparison.Ordinal);
        var operations = document["paths"]!.AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(operation => (Name: $"{operation.Key} {path.Key}", Node: operation.Value!)))
            .ToList();
        Assert.True(operations.Count > 35, $"{operations.Count} operations");
        Assert.All(operations, operation => Assert.False(string.IsNullOrEmpty((string?)operation.Node["summary"]), operation.Name));
        foreach (var (name, operation) in operations.Where(operation => operation.Name.Contains("/v1/", StringComparison.Ordinal)))
        {
            var errors = operation["responses"]!.AsObject()
                .Where(response => int.Parse(response.Key, System.Globalization.CultureInfo.InvariantCulture) >= 400).ToList();
            Assert.True(errors.Count > 0, name);
            Assert.All(errors, error =>
            {
                Assert.NotNull(error.Value!["content"]!["application/problem+json"]);
                var code = ((string)error.Value["description"]!).Split('`')[1];
                Assert.Equal(error.Key, ProblemKinds.ByCode[code].Status.ToString(System.Globalization.CultureInfo.InvariantCulture));
            });
        }
    }

    [Fact]
    public async Task Every_property_is_described()
    {
        var document = JsonNode.Parse(await api.Client.GetStringAsync("/openapi/v1.json"))!;
        var properties = document["components"]!["schemas"]!.AsObject()
            .SelectMany(schema => (schema.Value!["properties"]?.AsObject() ?? []).Select(property => (Name: $"{schema.Key}.{property.Key}", Node: property.Value!)))
            .Where(property => property.Node["$ref"] is null)
            .ToList();
        Assert.True(properties.Count > 200, $"{properties.Count} properties");
        Assert.Empty(properties.Where(property => string.IsNullOrEmpty((string?)property.Node["description"])).Select(property => property.Name));
    }

    [Fact]
    public async Task Every_parameter_is_described_and_written_in_camel_case()
    {
        var document = JsonNode.Parse(await api.Client.GetStringAsync("/openapi/v1.json"))!;
        var parameters = document["paths"]!.AsObject()
            .SelectMany(path => path.Value!.AsObject().SelectMany(
                operation => (operation.Value!["parameters"]?.AsArray() ?? []).Select(parameter => (Where: $"{operation.Key} {path.Key}", Node: parameter!))))
            .ToList();
        Assert.True(parameters.Count > 100, $"{parameters.Count} parameters");
        Assert.All(parameters, parameter =>
        {
            Assert.False(string.IsNullOrEmpty((string?)parameter.Node["description"]), $"{parameter.Where}: {parameter.Node["name"]}");
            Assert.True((string?)parameter.Node["in"] == "header" || char.IsAsciiLetterLower(((string)parameter.Node["name"]!)[0]), $"{parameter.Where}: {parameter.Node["name"]}");
        });
    }

    [Fact]
    public async Task The_page_is_served()
    {
        Assert.Contains("swagger-ui", await api.Client.GetStringAsync("/docs/index.html"), StringComparison.Ordinal);
    }
}
