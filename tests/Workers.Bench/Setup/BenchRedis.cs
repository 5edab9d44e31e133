using Workers.Jobs.PrivateRedis;
using Workers.Testing;

namespace Workers.Bench.Setup;

/// <summary>A Redis with the settings that the private one of a server gets.</summary>
internal static class BenchRedis
{
    public static TestRedis Start(TestDurability durability) =>
        TestRedis.Start(durability, [.. RedisTuning.Settings.SelectMany(setting => new[] { "--" + setting.Name, setting.Value })]);
}
