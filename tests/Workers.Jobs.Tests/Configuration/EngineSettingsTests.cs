using Workers.Jobs.Engines;

namespace Workers.Jobs.Tests.Configuration;

/// <summary>Built-in engines, changed ones, removed ones, extended ones.</summary>
public sealed class EngineSettingsTests : IDisposable
{
    private const string NameRule =
        ": an engine's name is lower-case letters, digits, dots and hyphens, at most 63, and begins with a letter or digit.";

    private readonly SettingsFixture fixture = new();

    [Fact]
    public void Written_engines_come_first_in_their_order_and_inherit_what_they_do_not_say()
    {
        const string file = """
            {"engines": {
              "blender-4.2": {"extends": "blender", "command": ["/opt/4.2/blender", "-b"], "workers": 2, "environment": {"B": "2", "C": "3"}},
              "blender-quick": {"extends": "blender-4.2", "callTimeoutSeconds": 5, "environment": {"C": "4"}},
              "blender": {"environment": {"A": "1", "B": "1"}, "queueLimit": 7, "recycleCalls": 100},
              "plot": {"command": ["/usr/bin/python3", "${kit}/workers_kit/launch.py", "plot.py"], "faults": true, "allowPickle": true}
            }}
            """;
        var engines = fixture.Load(file).Engines;
        Assert.Equal(["blender-4.2", "blender-quick", "blender", "plot", "testcard"], engines.Select(engine => engine.Name));
        var (newer, quick, blender, plot) = (engines[0], engines[1], engines[2], engines[3]);
        Assert.Equal(["/opt/4.2/blender", "-b"], newer.Command);
        Assert.Equal(newer.Command, quick.Command);
        Assert.Equal((2, 5.0, 7, 100), (quick.Workers, quick.CallTimeoutSeconds, quick.QueueLimit, quick.RecycleCalls));
        Assert.Equal([("A", "1"), ("B", "2"), ("C", "4")], quick.Environment.Select(pair => (pair.Key, pair.Value)).Order());
        Assert.Contains("workers_kit.engines.blender", blender.Command);
        Assert.Equal(new EngineSpecification { Name = "", Command = [] }.CallTimeoutSeconds, blender.CallTimeoutSeconds);
        Assert.Equal((true, true, 10), (plot.Faults, plot.AllowPickle, plot.Nice)); // The last is the built-in one's.
        Assert.Equal((false, 0), (blender.AllowPickle, blender.Nice));
        Assert.False(blender.Faults);
    }

    [Fact]
    public void Null_removes_a_built_in_engine_and_zero_workers_keeps_it_without_any()
    {
        var engines = fixture.Load("""{"engines": {"blender": null, "plot": null, "testcard": {"workers": 0}}}""").Engines;
        Assert.Equal(("testcard", 0), (Assert.Single(engines).Name, engines[0].Workers));
    }

    [Fact]
    public void A_removed_built_in_engine_can_still_be_extended()
    {
        var engines = fixture.Load(
            """{"engines": {"blender": null, "plot": null, "testcard": null, "blender-4.2": {"extends": "blender", "workers": 2}}}""").Engines;
        Assert.Equal(("blender-4.2", "blender"), (Assert.Single(engines).Name, engines[0].Command[0]));
    }

    [Theory]
    [InlineData("""{"x": {}}""", "engines.x: \"command\" is missing (or \"extends\", to use another engine's).")]
    [InlineData("""{"x": {"extends": "blendr"}}""", "engines.x: extends \"blendr\", which is not there; the nearest known one is \"blender\".")]
    [InlineData("""{"x": {"extends": "x"}}""", "engines.x: \"command\" is missing (or \"extends\", to use another engine's).")]
    [InlineData("""{"X": {"command": ["a"]}}""", "engines.X" + NameRule)]
    [InlineData("""{"../x": {"command": ["a"]}}""", "engines.../x" + NameRule)]
    public void A_wrong_engine_is_named(string engines, string problem) =>
        Assert.Equal(problem, Assert.Single(fixture.Problems($$"""{"engines": {{engines}}}""")));

    [Fact]
    public void Engines_that_extend_each_other_are_told()
    {
        var problems = fixture.Problems("""{"engines": {"a": {"extends": "b"}, "b": {"extends": "c"}, "c": {"extends": "a"}}}""");
        Assert.All(problems, problem => Assert.Contains("which extends it in turn", problem, StringComparison.Ordinal));
    }

    [Fact]
    public void The_built_in_commands_name_files_of_the_kit_that_exist()
    {
        var kit = Workers.Testing.RepositoryPaths.Below("src", "python");
        var named = fixture.Load().Engines.SelectMany(engine => engine.Command)
            .Where(part => part.StartsWith("${kit}", StringComparison.Ordinal))
            .ToList();
        Assert.Equal(3, named.Count);
        Assert.All(named, part => Assert.True(File.Exists(part.Replace("${kit}", kit, StringComparison.Ordinal)), part));
    }

    public void Dispose() => fixture.Dispose();
}
