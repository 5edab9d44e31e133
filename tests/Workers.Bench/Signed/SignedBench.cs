using System.Text.Json.Nodes;
using Workers.Bench.Report;
using Workers.Bench.Setup;
using Workers.Contracts;
using Workers.Testing;

namespace Workers.Bench.Signed;

/// <summary>A picture that is there already, by its signed URL, beside nginx serving the same bytes.</summary>
internal sealed class SignedBench : IBench
{
    private const int Connections = 32;
    private const int Rounds = 10;
    private const string Secret = "a-secret-of-the-bench-and-of-nobody-else";

    private const string Draw = """
        import random
        from workers_kit import function, output

        @function(picture=True, cacheable=True)
        def draw(length: int = 40000) -> None:
            with open(output("image.png", width=1, height=1), "wb") as picture:
                picture.write(random.Random(1).randbytes(length))
        """;

    private static readonly TimeSpan Each = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(3);

    // 0.6 and 0.9 times as many requests, told as times of a request.
    private static readonly Target AsManyAsNginx = new(1 / 0.6, 1 / 0.9);
    private static readonly Target NotTwice = new(2);

    public string Name => "signed";

    public string Title => "(l) A stored picture of 40 KB by its signed URL, beside nginx";

    public async Task RunAsync(ResultsPage page, CancellationToken cancellation)
    {
        if (Programs.Nginx is not { } program)
        {
            page.NotMeasured("There is no nginx to compare with; src/make/nginx.sh gets one where apt-get is.");
            return;
        }

        page.Say(
            $"{Connections} connections, the same GET again as soon as the answer is there; raw sockets, the same for both. *nginx*: sendfile, a process for "
            + "each core, nothing logged. *Ours*: `GET /i/…`, signature checked each time. In turns, a second each; server, nginx and client share the machine, so "
            + "that the client's own time is in both. Ratios above 1: ours takes longer.");
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder.Below("functions"));
        await File.WriteAllTextAsync(folder.Below("functions", "draw.py"), Draw, cancellation);
        await using var server = await BenchServer.StartAsync(
            new JsonObject { ["urlKeys"] = new JsonArray(new JsonObject { ["id"] = "k1", ["secret"] = Secret }) }, folder.Below("functions"), cancellation);
        await server.Client.PutAsync(
            "/v1/templates/picture", JsonNode.Parse("""{"engine": "testcard", "function": "draw", "input": {"length": 40000} }""")!,
            cancellation);
        var url = new SignedUrl { KeyId = "k1", Template = "picture", Version = 1 }.Sign(Secret);
        var picture = await server.Client.BytesAsync(url, cancellation);
        await using var nginx = await Nginx.StartAsync(program, picture);
        await CompareAsync(page, nginx.Port, new Uri(server.Address).Port, url);
    }

    private static async Task CompareAsync(ResultsPage page, int nginx, int ours, string url)
    {
        Progress.Say("signed");
        Task<(double PerSecond, Series Seconds)> Nginx(TimeSpan time) => RawGets.RunAsync(nginx, "/picture.png", Connections, time);
        Task<(double PerSecond, Series Seconds)> Ours(TimeSpan time) => RawGets.RunAsync(ours, url, Connections, time);
        await Nginx(Each);
        await Ours(WarmUp);
        var (theirRate, ourRate, rates) = (new Series(), new Series(), new Series());
        var (theirTimes, ourTimes, worst) = (new Series(), new Series(), new Series());
        for (var round = 0; round < Rounds; round++)
        {
            var (theirs, own) = (await Nginx(Each), await Ours(Each));
            theirRate.Add(theirs.PerSecond);
            ourRate.Add(own.PerSecond);
            rates.Add(theirs.PerSecond / own.PerSecond);
            theirTimes.Add(theirs.Seconds);
            ourTimes.Add(own.Seconds);
            worst.Add(own.Seconds.Percentile(99) / theirs.Seconds.Percentile(99));
        }

        page.Row("nginx: requests", theirRate, Unit.PerSecond);
        page.Row("signed URL: requests", ourRate, Unit.PerSecond);
        page.Row("nginx's requests against ours", rates, Unit.Ratio, AsManyAsNginx);
        page.Row("nginx: time of a request", theirTimes, Unit.Seconds);
        page.Row("signed URL: time of a request", ourTimes, Unit.Seconds);
        page.Row("p99 of a round, ours against nginx's", worst, Unit.Ratio, NotTwice);
    }
}
