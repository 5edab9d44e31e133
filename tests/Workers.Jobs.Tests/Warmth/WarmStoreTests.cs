using System.Text.Json.Nodes;
using Workers.Jobs.Templates;
using Workers.Jobs.Warmth;

namespace Workers.Jobs.Tests.Warmth;

/// <summary>Files that templates want kept open: over all nodes as many as wanted, fairly, and no worker goes back and forth.</summary>
public sealed class WarmStoreTests : IAsyncLifetime
{
    private const string Engine = "testcard";
    private readonly Dictionary<string, string?> open = []; // What each worker has open, as its node sees it.
    private readonly Dictionary<string, HashSet<HeldFile>> told = []; // What each node said last.
    private JobsFixture jobs = null!;
    private TemplateStore templates = null!;
    private WarmStore store = null!;

    public async Task InitializeAsync()
    {
        jobs = await JobsFixture.StartAsync();
        (templates, store) = (new TemplateStore(jobs.Gate), new WarmStore(jobs.Gate));
    }

    public Task DisposeAsync() => jobs.DisposeAsync().AsTask();

    [Fact]
    public async Task Several_nodes_together_open_it_as_often_as_it_is_wanted()
    {
        await WantAsync("chair", 3);
        (open["n1.a"], open["n1.b"], open["n2.a"], open["n2.b"]) = (null, null, null, null);
        Assert.Equal(["n1.a chair", "n2.a chair", "n1.b chair"], await RoundsAsync());
        var state = await store.FindAsync("chair", default);
        Assert.Equal((3, null), (state.Wanted, state.Failure));
        Assert.Equal(["n1.a", "n1.b", "n2.a"], state.Workers);
    }

    [Fact]
    public async Task What_is_to_be_opened_counts_at_once_and_what_came_to_nothing_does_not()
    {
        await WantAsync("chair", 1);
        (open["n1.a"], open["n2.a"]) = (null, null);
        var first = await LookAsync("n1");
        Assert.Equal("n1.a", first!.Worker);
        Assert.Equal("""{"file":"chair"}""", first.Input);
        Assert.Null(await LookAsync("n2"));
        Assert.Null(await LookAsync("n1", left: [new HeldFile("n1.a", Engine, "chair")], idle: false));
        Assert.Equal("n2.a", (await LookAsync("n2"))!.Worker);
    }

    [Theory]
    [InlineData(5, 5, 4, "2 2")]
    [InlineData(5, 5, 3, "2 1")]
    [InlineData(1, 5, 4, "1 3")]
    [InlineData(9, 9, 1, "1 0")]
    [InlineData(1, 1, 4, "1 1")]
    public async Task Two_that_want_more_than_there_is_share_it_and_then_nothing_moves(int chair, int sofa, int workers, string share)
    {
        for (var number = 0; number < workers; number++)
            open[$"n{number % 2}.{number}"] = null;
        await WantAsync("chair", chair);
        await RoundsAsync(); // As many as there are, up to what it wants.
        Assert.Equal(Math.Min(chair, workers), open.Values.Count(file => file == "chair"));
        await WantAsync("sofa", sofa);
        await RoundsAsync();
        Assert.Equal(share, $"{open.Values.Count(file => file == "chair")} {open.Values.Count(file => file == "sofa")}");
        Assert.Empty(await RoundsAsync());
    }

    [Fact]
    public async Task Nobodys_file_goes_before_one_of_which_there_are_too_many()
    {
        await WantAsync("chair", 1);
        await WantAsync("sofa", 1);
        (open["n1.a"], open["n1.b"], open["n1.c"]) = ("chair", "chair", "nobody's");
        Assert.Equal(["n1.c sofa"], await RoundsAsync());
        open["n1.c"] = "chair"; // A job has changed it.
        Assert.Equal(["n1.a sofa"], await RoundsAsync());
        Assert.Empty(await RoundsAsync());
    }

    [Fact]
    public async Task Other_engines_workers_are_left_alone()
    {
        await WantAsync("chair", 2);
        open["n1.a"] = null;
        Assert.Null(await LookAsync("n1", engine: "blender"));
        Assert.NotNull(await LookAsync("n1"));
    }

    [Fact]
    public async Task A_failure_is_shown_rests_and_is_forgotten_with_the_file()
    {
        await WantAsync("chair", 1);
        (open["n1.a"], open["n2.a"]) = (null, null);
        var task = (await LookAsync("n1"))!;
        await store.ToldAsync(task, "It is garbage: " + new string('x', 1000), default);
        var state = await store.FindAsync("chair", default);
        Assert.Equal((1, 0, "n1.a", 500), (state.Wanted, state.Workers.Count, state.Failure!.Worker, state.Failure.Message.Length));
        Assert.Null(await LookAsync("n1", resting: ["chair"]));
        Assert.NotNull(await LookAsync("n2", resting: ["chairs", "hair"]));
        await WantAsync("chair", 1, "chair2");
        Assert.Equal((0, null), ((await store.FindAsync("chair", default)).Workers.Count, (await store.FindAsync("chair", default)).Failure));
    }

    [Fact]
    public async Task A_template_that_is_deleted_or_wants_nothing_any_more_is_forgotten()
    {
        foreach (var last in new Func<Task>[] { () => templates.DeleteAsync("chair", null, default, default), () => WantAsync("chair", 0) })
        {
            await WantAsync("chair", 2);
            open["n1.a"] = null;
            var task = (await LookAsync("n1"))!;
            await last();
            open["n1.a"] = "chair";
            Assert.Null(await LookAsync("n1"));
            await store.ToldAsync(task, "late", default); // Nothing is left behind by one that was under way.
            var state = await store.FindAsync("chair", default);
            Assert.Equal((0, 0, null), (state.Wanted, state.Workers.Count, state.Failure));
        }
    }

    private Task<TemplatePut> WantAsync(string name, int count, string? file = null) => templates.PutAsync(
        new TemplateWrite
        {
            Name = name, Definition = "{}", Hash = Guid.NewGuid().ToString("N")[..16], Client = "c",
            Warm = count == 0 ? null : new WarmWish(count, Engine, file ?? name, $$"""{"file":"{{file ?? name}}"}"""),
        },
        default);

    private Task<WarmTask?> LookAsync(
        string node, HeldFile[]? left = null, bool idle = true, string engine = Engine, string[]? resting = null)
    {
        var own = open.Where(pair => pair.Key.StartsWith(node + ".", StringComparison.Ordinal))
            .Select(pair => new HeldFile(pair.Key, engine, pair.Value)).ToList();
        return store.LookAsync(
            new WarmLook { Held = [.. own.Where(one => one.File is not null)], Left = left ?? [], Idle = idle ? own : [], Resting = resting ?? [] }, default);
    }

    // Node after node looks and opens at once, until none has anything to open.
    private async Task<List<string>> RoundsAsync()
    {
        var nodes = open.Keys.Select(worker => worker.Split('.')[0]).Distinct().ToList();
        List<string> done = [];
        for (var quiet = 0; quiet < nodes.Count;)
        {
            quiet = 0;
            foreach (var node in nodes)
            {
                var held = open.Where(pair => pair.Key.StartsWith(node + ".", StringComparison.Ordinal) && pair.Value is not null)
                    .Select(pair => new HeldFile(pair.Key, Engine, pair.Value)).ToHashSet();
                var task = await LookAsync(node, left: [.. (told.GetValueOrDefault(node) ?? []).Except(held)]);
                told[node] = held;
                if (task is null)
                {
                    quiet++;
                    continue;
                }

                open[task.Worker] = (string?)JsonNode.Parse(task.Input)!["file"];
                done.Add($"{task.Worker} {open[task.Worker]}");
                Assert.True(done.Count < 50, "It goes on for ever.");
            }
        }

        return done;
    }
}
