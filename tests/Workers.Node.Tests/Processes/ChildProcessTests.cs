using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Workers.Jobs.Processes;
using Workers.Node.Processes;

namespace Workers.Node.Tests.Processes;

public sealed class ChildProcessTests
{
    private const string Shell = "/bin/sh";

    [Fact]
    public async Task It_has_the_given_environment_and_nothing_else_and_its_output_is_heard()
    {
        var output = new ConcurrentQueue<string>();
        await using var child = Start("env; echo problem >&2; read line || echo no input; exit 7", output);
        Assert.Equal(7, await child.Exited.WithinLimitAsync());
        await child.StopAsync(TimeSpan.Zero);
        var lines = string.Concat(output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var variables = lines.Where(line => line.Contains('=', StringComparison.Ordinal)).Select(line => line.Split('=')[0]);
        Assert.Empty(variables.Except(["ONLY", "PATH", "PWD", "_", "OLDPWD", "SHLVL"])); // The shell makes all but the first two itself.
        Assert.Contains("ONLY=this", lines);
        Assert.Contains("problem", lines);
        Assert.Contains("no input", lines);
    }

    [Fact]
    public async Task Its_group_dies_with_it_and_nobody_stays_a_zombie()
    {
        var output = new ConcurrentQueue<string>();
        await using var child = Start("trap '' TERM; sleep 600 & echo $!; sleep 600", output);
        await Eventually.HoldsAsync(() => string.Concat(output).Contains('\n', StringComparison.Ordinal), "it has started its own child");
        var grandchild = ProcessIdentity.Of(int.Parse(string.Concat(output).Trim(), CultureInfo.InvariantCulture))!;
        Assert.True(grandchild.IsAlive);
        Assert.Equal(child.Pid, ProcessStat.Read(grandchild.Id)!.Value.Group);
        Assert.True(ResidentMemory.ByGroup(new HashSet<int> { child.Pid })[child.Pid] > 100_000);

        await child.StopAsync(TimeSpan.FromMilliseconds(100)).WithinLimitAsync();
        Assert.Equal(137, await child.Exited);
        Assert.Null(ProcessIdentity.Of(child.Pid));
        await Eventually.HoldsAsync(() => !grandchild.IsAlive, "the grandchild is gone");
    }

    [Fact]
    public async Task One_that_hears_terminate_ends_by_itself()
    {
        var output = new ConcurrentQueue<string>();
        await using var child = Start("trap 'echo bye; exit 3' TERM; echo up; while :; do sleep 0.01; done", output);
        await Eventually.HoldsAsync(() => !output.IsEmpty, "it is up");
        await child.StopAsync(TimeSpan.FromSeconds(30)).WithinLimitAsync();
        Assert.Equal(3, await child.Exited);
        Assert.Contains("bye", string.Concat(output), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_grandchild_that_left_the_group_with_the_pipes_does_not_hold_the_end_up()
    {
        var output = new ConcurrentQueue<string>();
        await using var child = Start("setsid sleep 600 & echo $!; exit 0", output);
        Assert.Equal(0, await child.Exited.WithinLimitAsync());
        await child.StopAsync(TimeSpan.Zero).WithinLimitAsync();
        Signals.SendKill(int.Parse(string.Concat(output).Trim(), CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Output_on_its_way_from_the_pipe_to_the_sink_is_waited_for()
    {
        using var arrived = new SemaphoreSlim(0);
        using var takeIt = new SemaphoreSlim(0);
        var taken = 0;
        await using var child = Start("echo one; exec sleep 600", text =>
        {
            arrived.Release();
            takeIt.Wait();
            taken += text.Length;
        });
        Assert.True(await arrived.WaitAsync(Eventually.Limit));

        // The pipe is empty, and the sink has not got it yet.
        var settled = child.SettleOutputAsync(Eventually.Limit);
        var early = settled.IsCompleted;
        takeIt.Release();
        Assert.False(early);
        await settled.WithinLimitAsync();
        Assert.Equal("one\n".Length, taken);
        Assert.True(child.SettleOutputAsync(TimeSpan.Zero).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task Output_that_never_ends_is_not_waited_for()
    {
        using var arrived = new ManualResetEventSlim();
        await using var child = Start("exec yes", _ => arrived.Set());
        await Eventually.HoldsAsync(() => arrived.IsSet, "it prints");
        await child.SettleOutputAsync(TimeSpan.FromDays(1)).WithinLimitAsync();
    }

    [Fact]
    public async Task Orphans_are_swept_by_id_start_time_and_instance_and_innocents_are_not()
    {
        using var temp = new TempFolder();
        var sweeper = new OrphanSweeper(temp.FullPath, "instance-1", NullLogger<OrphanSweeper>.Instance);
        await using var orphan = Start("sleep 600 & wait", [], instance: "instance-1");
        await using var sameIdOtherTime = Start("sleep 600 & wait", [], instance: "instance-1");
        await using var otherInstance = Start("sleep 600 & wait", [], instance: "instance-2");
        await using var noInstance = Start("sleep 600 & wait", []);
        sweeper.Remember("orphan-1", orphan.Identity);
        sweeper.Remember("reused-1", sameIdOtherTime.Identity with { StartTime = sameIdOtherTime.Identity.StartTime - 100 });
        sweeper.Remember("other-1", otherInstance.Identity);
        sweeper.Remember("none-1", noInstance.Identity);
        sweeper.Remember("gone-1", new ProcessIdentity(4_000_000, 5));
        await File.WriteAllTextAsync(temp.Below("broken-1.json"), "{\"Pid\":");
        await File.WriteAllTextAsync(temp.Below("hostile-1.json"), "{\"Pid\":-1,\"StartTime\":0,\"Instance\":\"instance-1\"}");

        // exec of the shell takes a moment: until then the environment is still setsid's, which is the same.
        Assert.Equal(1, sweeper.Sweep());
        Assert.Equal(137, await orphan.Exited.WithinLimitAsync());
        Assert.All(new[] { sameIdOtherTime, otherInstance, noInstance }, child => Assert.True(child.Identity.IsAlive));
        Assert.Empty(Directory.GetFiles(temp.FullPath));
        Assert.Equal(0, sweeper.Sweep());
    }

    private static ChildProcess Start(string script, ConcurrentQueue<string> output, string? instance = null) =>
        Start(script, text => output.Enqueue(Encoding.UTF8.GetString(text.Span)), instance);

    private static ChildProcess Start(string script, Action<ReadOnlyMemory<byte>> output, string? instance = null)
    {
        var environment = new Dictionary<string, string> { ["ONLY"] = "this", ["PATH"] = Environment.GetEnvironmentVariable("PATH")! };
        if (instance is not null)
            environment[OrphanSweeper.InstanceVariable] = instance;
        return ChildProcess.Start(new ChildProcessOptions
        {
            Program = Shell,
            Arguments = ["-c", script],
            Environment = environment,
            WorkingFolder = "/",
            Output = output,
        });
    }
}
