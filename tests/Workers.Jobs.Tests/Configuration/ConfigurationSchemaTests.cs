using System.Text.Json.Nodes;
using Workers.Jobs.Configuration;
using Workers.Testing;

namespace Workers.Jobs.Tests.Configuration;

public sealed class ConfigurationSchemaTests
{
    private static readonly string Committed = RepositoryPaths.Below("openapi", "workers.config.schema.json");

    [Fact]
    [Trait("Category", "Drift")]
    public void The_committed_schema_is_what_the_code_says()
    {
        var written = ConfigurationSchema.Write();
        if (Environment.GetEnvironmentVariable("UPDATE_OPENAPI") == "1")
            File.WriteAllText(Committed, written);
        Assert.True(File.ReadAllText(Committed) == written, $"{Committed} has drifted: run `make openapi` and commit the result.");
    }

    [Fact]
    public void It_knows_what_the_loader_knows()
    {
        var schema = JsonNode.Parse(ConfigurationSchema.Write())!;
        Assert.False((bool)schema["additionalProperties"]!);
        Assert.Equal("https://json-schema.org/draft/2020-12/schema", (string?)schema["$schema"]);
        var properties = schema["properties"]!;
        Assert.Contains("fast", properties["durability"]!["enum"]!.AsArray().Select(value => (string?)value));
        var engine = properties["engines"]!["additionalProperties"]!;
        Assert.Equal((0, 256), ((int)engine["properties"]!["workers"]!["minimum"]!, (int)engine["properties"]!["workers"]!["maximum"]!));
        Assert.False((bool)engine["additionalProperties"]!);
        Assert.Equal(["name", "sha256", "role"], properties["keys"]!["items"]!["required"]!.AsArray().Select(value => (string?)value));
        Assert.Equal("string", (string?)properties["roots"]!["additionalProperties"]!["type"]);
        Assert.Equal("string", (string?)properties["hosts"]!["items"]!["type"]);
        Assert.All([engine, engine["properties"]!["environment"]!["additionalProperties"]!], entry => Assert.Contains("null", entry["type"]!.AsArray().Select(type => (string?)type)));
        Assert.All(properties.AsObject(), property => Assert.False(string.IsNullOrEmpty((string?)property.Value!["description"]), property.Key));
    }
}
