using Workers.Jobs.Configuration;
using Workers.Testing;

namespace Workers.Jobs.Tests.Configuration;

/// <summary>Configurations with something changed: each is taken, or refused with lines that tell what is wrong. Nothing else is ever thrown.</summary>
public sealed class HostileSettingsTests : IDisposable
{
    private const int Files = 3_000;

    private const string Whole = """
        {
          "role": "all", "urls": "http://127.0.0.1:8700", "data": "d", "runtime": "r", "redis": "127.0.0.1:6379,password=x", "redisServer": "redis-server",
          "keepRedis": false, "durability": "fast", "stopGraceSeconds": 3, "uploadBytes": 1000, "node": "n1", "labels": {"gpu": "no"},
          "hosts": ["a.example"], "origins": ["https://shop.example"], "roots": {"models": "m"},
          "watch": [{"root": "models", "pattern": "**/*.blend", "functions": ["preview"], "priority": 3, "atOnce": 2, "seconds": 1}],
          "keys": [{"name": "shop", "sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", "role": "submit"}],
          "urlKeys": [{"id": "k1", "secret": "0123456789abcdef0123456789abcdef"}],
          "fetch": {"enabled": true, "hosts": ["*.example.com"], "seconds": 5}, "cache": {"enabled": true, "negativeSeconds": 1},
          "s3": {"endpoint": "http://127.0.0.1:9000", "bucket": "renders"},
          "engines": {"blender": {"workers": 2, "keepFree": 1, "functions": ["f"], "environment": {"A": "b"}}, "plot": null,
            "own": {"command": ["python3", "${here}/x.py"], "workers": 1, "queueLimit": 5}}
        }
        """;

    private static readonly string[] Values =
    [
        "0", "1", "-1", "2147483648", "9223372036854775808", "1e308", "1e999", "-0.5", "true", "null", "[]", "{}", "[null]", "{\"\":null}", "\"\"", "\" \"", "\"\\u0000\"",
        "\"\\ud83d\"", "\"all\"", "\"http://[\"", "\"http://*:1\"", "\"unix:/x\"", "\"${here}\"", "\"${here\"", "\"../..\"", "\"a:b:c\"", "\"*\"", "\"**/../*\"", "\"[\"",
        "\"localhost:99999\"", "\",,,=\"", "\"/dev/null\"", "[\"a\",1]", "{\"a\":{\"b\":[]}}",
    ];

    private static readonly string[] Names = ["url", "Role", "", "\0", "engine", "workersx", "x"];

    private static readonly string[] Variables =
    [
        "WORKERS__ROLE", "WORKERS__KEYS__0__ROLE", "WORKERS__ENGINES__OWN__COMMAND__0", "WORKERS__ENGINES__BLENDER__WORKERS", "WORKERS__LABELS__X", "WORKERS__CACHE", "WORKERS__",
        "WORKERS__HOSTS__99999999999", "WORKERS__HOSTS__-1", "WORKERS__FETCH__ENABLED__X", "WORKERS____", "WORKERS__WATCH__0__SECONDS", "WORKERS__DATA",
    ];

    private static readonly string[] Flags = ["--role", "--urls", "--data=", "--label", "--label=a", "--label=a=b", "--durability", "--redis", "--node", "--no-such", "--", "-", "x", "\0"];

    private readonly SettingsFixture fixture = new();

    [Fact]
    public void Each_is_taken_or_refused_with_lines_for_a_person()
    {
        var random = new Random(int.Parse(Environment.GetEnvironmentVariable("SEED") ?? "1", System.Globalization.CultureInfo.InvariantCulture));
        var json = new HostileJson(random, Values, Names);
        var (taken, refused) = (0, 0);
        for (var number = 0; number < Files; number++)
        {
            var (file, flags, variables) = (json.Changed(Whole), Some(random, Flags), Some(random, Variables).Distinct().Select(name => (name, Any(random, Values).Trim('"'))).ToArray());
            if (number % 30 == 0)
                file = file[..random.Next(file.Length)];
            try
            {
                fixture.Load(file, flags, variables);
                taken++;
            }
            catch (SettingsException refusal)
            {
                Assert.False(string.IsNullOrWhiteSpace(refusal.Message));
                refused++;
            }
            catch (Exception other)
            {
                Assert.Fail($"{other.GetType().Name} of {string.Join(' ', flags)} {string.Join(' ', variables)} {file}\n{other}");
            }
        }

        Assert.True(taken > Files / 50 && refused > Files / 50, $"{taken} taken, {refused} refused");
    }

    public void Dispose() => fixture.Dispose();

    private static string[] Some(Random random, string[] all) => random.Next(4) > 0 ? [] : [.. Enumerable.Range(0, random.Next(1, 3)).Select(_ => Any(random, all))];

    private static string Any(Random random, string[] all) => all[random.Next(all.Length)];
}
