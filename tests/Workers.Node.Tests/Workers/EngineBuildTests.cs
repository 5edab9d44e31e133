using System.Text.Json.Nodes;
using Workers.Jobs.Engines;
using Workers.Node.Protocol;
using Workers.Node.Workers;

namespace Workers.Node.Tests.Workers;

/// <summary>Whatever may change a picture makes another build, of which no stored result is good for the first; what cannot, does not.</summary>
public sealed class EngineBuildTests
{
    private static readonly EngineSpecification Engine = new()
    {
        Name = "e", Command = ["blender", "-b"], Environment = new Dictionary<string, string> { ["A"] = "1", ["B"] = "2" },
    };

    private static readonly Hello Said = new()
    {
        Token = "t", Protocol = new ProtocolRange(1, 1), Kit = "1", Pid = 7, Engine = new HelloEngine("blender", "4.2"), Source = "s",
    };

    private static readonly JsonObject Facts = new() { ["denoiser"] = true, ["threads"] = 4 };

    [Fact]
    public void Each_difference_that_may_show_is_another_build()
    {
        JsonObject With(string name, JsonNode value) => new(Facts.DeepClone().AsObject().Where(fact => fact.Key != name)
            .Select(fact => KeyValuePair.Create(fact.Key, fact.Value?.DeepClone())).Append(KeyValuePair.Create<string, JsonNode?>(name, value)));
        var builds = new[]
        {
            EngineBuild.Of(Engine, Said, Facts),
            EngineBuild.Of(Engine with { Name = "f" }, Said, Facts),
            EngineBuild.Of(Engine with { Command = ["blender", "-b", "-x"] }, Said, Facts),
            EngineBuild.Of(Engine with { Command = ["blender -b"] }, Said, Facts),
            EngineBuild.Of(Engine with { Environment = new Dictionary<string, string> { ["A"] = "1", ["B"] = "3" } }, Said, Facts),
            EngineBuild.Of(Engine with { AllowPickle = true }, Said, Facts),
            EngineBuild.Of(Engine, Said with { Kit = "2" }, Facts),
            EngineBuild.Of(Engine, Said with { Source = "other" }, Facts),
            EngineBuild.Of(Engine, Said with { Engine = new HelloEngine("blender", "4.3") }, Facts),
            EngineBuild.Of(Engine, Said, With("denoiser", false)),
            EngineBuild.Of(Engine, Said, null),
        };
        Assert.All(builds, build => Assert.NotNull(build));
        Assert.Equal(builds.Length, builds.Distinct().Count());
    }

    [Fact]
    public void What_differs_between_machines_and_runs_is_the_same_build()
    {
        var build = EngineBuild.Of(Engine, Said, Facts);
        var reordered = new Dictionary<string, string> { ["B"] = "2", ["A"] = "1" };
        Assert.Equal(build, EngineBuild.Of(Engine with { Environment = reordered, Workers = 9 }, Said with { Pid = 8, Token = "u" }, Facts));
        Assert.Equal(build, EngineBuild.Of(Engine, Said, new JsonObject { ["threads"] = 64, ["denoiser"] = true }));
        Assert.Null(EngineBuild.Of(Engine, Said with { Source = null }, Facts)); // Nobody knows what runs there.
    }
}
