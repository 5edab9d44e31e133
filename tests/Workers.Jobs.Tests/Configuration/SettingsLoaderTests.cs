using Workers.Jobs.Configuration;

namespace Workers.Jobs.Tests.Configuration;

public sealed class SettingsLoaderTests : IDisposable
{
    private const string Digest = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";

    private readonly SettingsFixture fixture = new();

    [Fact]
    public void Without_anything_it_is_a_loopback_server_with_a_private_Redis_and_three_engines()
    {
        var settings = fixture.Load();
        Assert.Equal(("all", "http://127.0.0.1:8700", "always", false), (settings.Role, settings.Urls, settings.Durability, settings.KeepRedis));
        Assert.Null(settings.Redis);
        Assert.Equal("redis-server", settings.RedisServer);
        Assert.Equal(Path.GetFullPath("data"), settings.Data);
        Assert.Equal(["blender", "plot", "testcard"], settings.Engines.Select(engine => engine.Name));
        Assert.Equal("blender", settings.Engines[0].Command[0]);
        Assert.All(settings.Engines.Skip(1), engine => Assert.EndsWith("python3", engine.Command[0], StringComparison.Ordinal));
        Assert.Matches("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", settings.NodeId);
        Assert.Empty(settings.Keys);
    }

    [Fact]
    public void A_flag_beats_a_variable_beats_the_file_beats_the_default_for_each_setting_alone()
    {
        const string file = """
            { // comments and trailing commas are fine
              "urls": "http://127.0.0.1:1", "durability": "none", "stopGraceSeconds": 1.5, "uploadBytes": 5000000000, "hosts": ["a", "b"],
              "labels": {"gpu": "no", "disk": "fast"}, "keepRedis": true,
            }
            """;
        var settings = fixture.Load(
            file,
            ["--urls=http://127.0.0.1:3", "--label", "gpu=yes", "--label", "zone=a=b"],
            ("WORKERS__URLS", "http://127.0.0.1:2"),
            ("WORKERS__DURABILITY", "fast"),
            ("WORKERS__HOSTS__1", "c"),
            ("WORKERS__HOSTS__2", "d"),
            ("workers__stopgraceseconds", "2.5"),
            ("WORKERS__REDIS", ""),
            ("UNRELATED", "x"));
        Assert.Equal("http://127.0.0.1:3", settings.Urls);
        Assert.Equal("fast", settings.Durability);
        Assert.Equal(2.5, settings.StopGraceSeconds);
        Assert.Equal(5_000_000_000, settings.UploadBytes);
        Assert.Equal(["a", "c", "d"], settings.Hosts);
        Assert.True(settings.KeepRedis);
        Assert.Null(settings.Redis);
        Assert.Equal([("disk", "fast"), ("gpu", "yes"), ("zone", "a=b")], settings.Labels.Select(label => (label.Key, label.Value)).Order());
    }

    [Fact]
    public void Nothing_is_fetched_by_url_unless_the_configuration_says_so()
    {
        Assert.False(fixture.Load().Fetch.Enabled);
        File.WriteAllText(Path.Combine(fixture.Folder, "ca.pem"), "");
        var fetch = fixture.Load("""{"fetch": {"hosts": ["cdn.example"], "seconds": 5, "caFile": "ca.pem"}}""", null, ("WORKERS__FETCH__ENABLED", "true")).Fetch;
        Assert.Equal((true, 5.0, 5, 1L << 30), (fetch.Enabled, fetch.Seconds, fetch.Redirects, fetch.MaxBytes));
        Assert.Equal(["cdn.example"], fetch.Hosts);
        Assert.Equal(Path.Combine(fixture.Folder, "ca.pem"), fetch.CaFile);
        Assert.Contains("caFile", Assert.Single(fixture.Problems("""{"fetch": {"caFile": "none.pem"}}""")), StringComparison.Ordinal);
        Assert.Contains("\"hosts\"", Assert.Single(fixture.Problems("""{"fetch": {"host": []}}""")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_watched_folder_lies_under_a_root()
    {
        var watch = Assert.Single(fixture.Load("""{"roots": {"models": "m"}, "watch": [{"root": "models", "functions": ["preview"]}]}""").Watch);
        Assert.Equal(("models", "**/*", 5, 16, 10.0), (watch.Root, watch.Pattern, watch.Priority, watch.AtOnce, watch.Seconds));
        Assert.Equal(["preview"], watch.Functions);
        Assert.Contains("modles", Assert.Single(fixture.Problems("""{"roots": {"models": "m"}, "watch": [{"root": "modles"}]}""")), StringComparison.Ordinal);
    }

    [Fact]
    public void Variables_name_programs_keys_and_the_file()
    {
        File.WriteAllText(fixture.FilePath, """{"node": "from-the-file"}""");
        var settings = fixture.Load(
            null, null,
            ("BLENDER", "/opt/blender-4.2/blender"), ("REDIS", "/opt/redis-server"), ("WORKERS__CONFIG", fixture.FilePath),
            ("WORKERS__KEYS__0__NAME", "shop"), ("WORKERS__KEYS__0__SHA256", Digest.ToUpperInvariant()), ("WORKERS__KEYS__0__ROLE", "submit"),
            ("WORKERS__ENGINES__BLENDER__WORKERS", "3"), ("WORKERS__URLS", "http://0.0.0.0:8700;https://[::]:443"));
        Assert.Equal("from-the-file", settings.NodeId);
        Assert.Equal("/opt/redis-server", settings.RedisServer);
        Assert.Equal(new ApiKey("shop", Digest, "submit"), Assert.Single(settings.Keys));
        var blender = settings.Engines.Single(engine => engine.Name == "blender");
        Assert.Equal(("/opt/blender-4.2/blender", 3), (blender.Command[0], blender.Workers));
    }

    [Fact]
    public void Folders_in_the_file_are_relative_to_the_file_and_flags_to_where_one_stands()
    {
        const string file = """{"data": "d", "roots": {"models": "../m", "abs": "/abs"}, "engines": {"testcard": {"functions": ["f", "/g"]}}}""";
        var settings = fixture.Load(file);
        Assert.Equal(Path.Combine(fixture.Folder, "d"), settings.Data);
        Assert.Equal(Path.GetFullPath("../m", fixture.Folder), settings.Roots["models"]);
        Assert.Equal("/abs", settings.Roots["abs"]);
        Assert.Equal([Path.Combine(fixture.Folder, "f"), "/g"], settings.Engines.Single(engine => engine.Name == "testcard").Functions);
        Assert.Equal(Path.GetFullPath("here"), fixture.Load(file, ["--data", "here"]).Data);
    }

    [Fact]
    public void An_engines_command_and_environment_may_name_the_folder_of_the_file()
    {
        const string file = """{"engines": {"x": {"command": ["perl", "${here}/x.pl"], "environment": {"PERL5LIB": "${here}/lib:${kit}", "N": null}}}}""";
        var engine = fixture.Load(file).Engines[0];
        Assert.Equal(["perl", Path.Combine(fixture.Folder, "x.pl")], engine.Command);
        Assert.Equal(("PERL5LIB", Path.Combine(fixture.Folder, "lib") + ":${kit}"), engine.Environment.Select(pair => (pair.Key, pair.Value)).Single());
    }

    [Fact]
    public void The_runtime_folder_is_short_and_one_for_each_data_folder()
    {
        var deep = "/" + new string('d', 200);
        var first = fixture.Load(flags: ["--data", deep]).Runtime;
        Assert.InRange(first.Length, 1, 80);
        Assert.Equal(first, fixture.Load(flags: ["--data", deep]).Runtime);
        Assert.NotEqual(first, fixture.Load(flags: ["--data", deep + "x"]).Runtime);
        Assert.StartsWith(
            fixture.Folder + "/workers-",
            fixture.Load(null, null, ("XDG_RUNTIME_DIR", fixture.Folder)).Runtime,
            StringComparison.Ordinal);
        Assert.Matches("^(/tmp|/dev/shm)/workers-", fixture.Load(null, null, ("XDG_RUNTIME_DIR", "/no/such/folder")).Runtime);
        Assert.Contains("too long", Assert.Single(fixture.Problems(flags: ["--runtime", deep])), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--rol", "all", "--rol: unknown flag; the nearest known one is --role. See --help.")]
    [InlineData("--config", null, "--config: needs a value.")]
    [InlineData("--label", "novalue", "--label: must be KEY=VALUE; is \"novalue\".")]
    [InlineData("--role", "both", "--role: must be one of all, api, node; is \"both\".")]
    [InlineData("--node", "a b", "--node: must match ^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$; is \"a b\".")]
    [InlineData("--data", "", "--data: must not be empty.")]
    [InlineData("--role", "api",
        "role api: needs the Redis that it shares with the other processes: --redis host:port, WORKERS__REDIS, or \"redis\" in the file.")]
    [InlineData("--urls", ";", "urls: names no address, e.g. http://127.0.0.1:8700.")]
    [InlineData("--urls", "8700", "urls: \"8700\" is not an address such as http://127.0.0.1:8700.")]
    public void A_wrong_flag_is_named_with_what_would_be_right(string flag, string? value, string problem) =>
        Assert.Equal(problem, Assert.Single(fixture.Problems(flags: value is null ? [flag] : [flag, value])));

    [Theory]
    [InlineData("http://0.0.0.0:8700")]
    [InlineData("http://*:8700")]
    [InlineData("http://127.0.0.1:8700;http://render.example:80")]
    [InlineData("http://[::]:8700")]
    [InlineData("http://127.0.0.1.example:80")]
    public void Other_than_loopback_needs_keys(string urls)
    {
        Assert.Contains("no API keys are configured", Assert.Single(fixture.Problems(flags: ["--urls", urls])), StringComparison.Ordinal);
        fixture.Load($$"""{"keys": [{"name": "a", "sha256": "{{Digest}}", "role": "admin"}]}""", ["--urls", urls]);
    }

    [Theory]
    [InlineData("http://localhost:1")]
    [InlineData("http://127.8.9.1:1/")]
    [InlineData("http://[::1]:1; http://127.0.0.1")]
    public void Loopback_needs_none(string urls) => Assert.Equal(urls, fixture.Load(flags: ["--urls", urls]).Urls);

    [Theory]
    [InlineData("""{"engine": {}}""", "$: unknown key \"engine\"; the nearest known one is \"engines\".")]
    [InlineData("""{"Role": "all"}""", "$: unknown key \"Role\"; the nearest known one is \"role\".")]
    [InlineData("""{"engines": {"blender": {"worker": 2}}}""", "$: engines.blender: unknown key \"worker\"; the nearest known one is \"workers\".")]
    [InlineData("""{"engines": {"blender": {"workers": 257}}}""", "$: engines.blender: workers: must be 0 to 256; is 257.")]
    [InlineData("""{"engines": {"blender": {"workers": 1.5}}}""", "$: engines.blender: workers: must be a whole number, is 1.5.")]
    [InlineData("""{"engines": {"blender": {"workers": "2"}}}""", "$: engines.blender: workers: must be a whole number, is \"2\".")]
    [InlineData("""{"engines": {"blender": {"command": []}}}""", "$: engines.blender: command: must not be empty.")]
    [InlineData("""{"engines": {"blender": {"command": ["a", null]}}}""", "$: engines.blender: command[1]: must not be null.")]
    [InlineData("""{"engines": []}""", "$: engines: must be an object, is a list.")]
    [InlineData("""{"hosts": "a"}""", "$: hosts: must be a list, is \"a\".")]
    [InlineData("""{"keepRedis": "yes"}""", "$: keepRedis: must be true or false, is \"yes\".")]
    [InlineData("""{"uploadBytes": 1e400}""", "$: uploadBytes: must be a whole number, is 1e400.")]
    [InlineData("""{"stopGraceSeconds": -1}""", "$: stopGraceSeconds: must be 0 to 86400; is -1.")]
    [InlineData("""{"keys": [{"name": "a", "role": "admin"}]}""", "$: keys[0]: \"sha256\" is missing.")]
    [InlineData("""[]""", "$: must hold a JSON object.")]
    [InlineData("""null""", "$: must hold a JSON object.")]
    public void A_mistake_in_the_file_is_named_with_its_place(string file, string problem) =>
        Assert.Equal(problem.Replace("$:", fixture.FilePath + ":", StringComparison.Ordinal), Assert.Single(fixture.Problems(file)));

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"role\": \"all\", \"role\": \"api\"}")]
    [InlineData("{\"role\": \"all\"} {}")]
    public void What_is_not_JSON_is_told_with_the_file(string file) =>
        Assert.StartsWith($"{fixture.FilePath}: is not valid JSON.", Assert.Single(fixture.Problems(file)), StringComparison.Ordinal);

    [Fact]
    public void A_file_that_is_missing_a_folder_or_huge_is_told()
    {
        Assert.Contains("cannot be read", Assert.Single(fixture.Problems(flags: ["--config", fixture.FilePath])), StringComparison.Ordinal);
        Assert.Contains("cannot be read", Assert.Single(fixture.Problems(flags: ["--config", fixture.Folder])), StringComparison.Ordinal);
        Assert.Contains("is larger than", Assert.Single(fixture.Problems(new string(' ', 2_000_000))), StringComparison.Ordinal);
    }

    [Fact]
    public void All_mistakes_are_told_at_once_and_no_password_is()
    {
        Assert.Equal(3, fixture.Problems("""{"rol": 1, "urls": 2, "engines": {"blender": 3}}""").Count);
        var problems = fixture.Problems(
            $$"""{"keys": [{"name": "a", "sha256": "{{Digest}}", "role": "admin"}, {"name": "a", "sha256": "{{Digest}}", "role": "read"}]}""",
            ["--redis", "host:notaport,password=hunter2,nonsense=1"]);
        Assert.Equal(3, problems.Count);
        Assert.All(problems, problem => Assert.DoesNotContain("hunter2", problem, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("WORKERS__ROL", "all", "WORKERS__ROL: there is no setting \"ROL\"; the nearest known one is \"role\".")]
    [InlineData("WORKERS__UPLOADBYTES", "many", "WORKERS__UPLOADBYTES: must be a whole number; is \"many\".")]
    [InlineData("WORKERS__ENGINES__BLENDER__WORKERS", "1000", "WORKERS__ENGINES__BLENDER__WORKERS: must be 0 to 256; is 1000.")]
    [InlineData("WORKERS__HOSTS__5", "a", "WORKERS__HOSTS__5: there is no setting \"5\": a list's entries are numbered from 0 without gaps.")]
    [InlineData("WORKERS__HOSTS", "a", "WORKERS__HOSTS: must be a list; is \"a\".")]
    [InlineData("WORKERS__ROLE__X", "a", "WORKERS__ROLE__X: must be text.")]
    public void A_wrong_variable_is_named(string name, string value, string problem) =>
        Assert.Equal(problem, Assert.Single(fixture.Problems(null, null, (name, value))));

    [Fact]
    public void Help_fits_a_screen_and_names_every_flag_that_is_understood()
    {
        Assert.True(CommandLine.Parse(["--help"]).Help);
        Assert.True(CommandLine.Parse(["--version"]).Version);
        var lines = Usage.Help.Split('\n');
        Assert.InRange(lines.Length, 10, 25);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 120));
        var flags = lines.Select(line => line.Trim().Split(' ')[0]).Where(word => word.StartsWith("--", StringComparison.Ordinal));
        foreach (var flag in flags.Select(word => word.TrimEnd(',')))
            CommandLine.Parse(flag is "--help" ? [flag] : [flag, "key=value"]);
        Assert.Matches(@"^workers-server \d+\.\d+\.\d+$", Usage.Version);
    }

    public void Dispose() => fixture.Dispose();
}
