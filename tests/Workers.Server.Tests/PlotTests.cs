using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Workers.Testing;

namespace Workers.Server.Tests;

/// <summary>One server with the plot engine as it is built in, one that may unpickle, and one whose Python has no matplotlib.</summary>
public sealed class PlotServer : IAsyncLifetime, IDisposable
{
    internal const string Python = "/usr/bin/python3";

    /// <summary>Null where there is matplotlib; else the tests say so and are skipped.</summary>
    public static string? Missing { get; } = HasMatplotlib() ? null : $"matplotlib is not installed for {Python} (make setup).";

    private readonly TempFolder folder = new();

    internal ServerProcess Server { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (Missing is not null)
            return;
        await File.WriteAllTextAsync(folder.Below("workers.json"), $$"""
            { "engines": {
                "plot": {}, "blender": null, "testcard": null,
                "pickle": { "extends": "plot", "allowPickle": true },
                "bare": { "command": ["{{Python}}", "-S", "${kit}/workers_kit/launch.py", "workers_kit.engines.plot"] } } }
            """);
        Server = await ServerProcess.StartAsync(folder.Below("data"), "--config", folder.Below("workers.json"));
        await Server.EngineIsAvailableAsync("plot");
        await Server.EngineIsAvailableAsync("pickle");
    }

    public async Task DisposeAsync()
    {
        if (Server is not null)
            await Server.DisposeAsync();
    }

    public void Dispose() => folder.Dispose();

    private static bool HasMatplotlib()
    {
        if (!File.Exists(Python))
            return false;
        using var process = Process.Start(Python, ["-c", "import importlib.util as u, sys; sys.exit(u.find_spec('matplotlib') is None)"]);
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}

/// <summary>A fact that needs matplotlib.</summary>
public sealed class PlotFactAttribute : FactAttribute
{
    public PlotFactAttribute() => Skip = PlotServer.Missing;
}

/// <summary>Plots over HTTP, in every way to send numbers.</summary>
public sealed class PlotTests(PlotServer plots) : IClassFixture<PlotServer>
{
    private const string Csv = "time,left,right\n0,1,4\n1,3,2\n2,2,5\n";

    private HttpClient Http => plots.Server.Http;

    [PlotFact]
    public async Task Numbers_as_JSON_as_a_form_and_as_raw_files_become_the_same_picture()
    {
        using var json = await JsonAsync("/v1/plot", """{"series":[{"x":[0,1,2],"y":[4,2,5],"label":"right"}],"xLabel":"time","title":"T"}""");
        var picture = await PictureAsync(json, "image/png");
        using var form = new MultipartFormDataContent
        {
            { new StringContent("right"), "y" }, { new StringContent("T"), "title" }, { File(Csv, "text/csv"), "file", "numbers.csv" },
        };
        using var posted = await Http.PostAsync("/v1/plot", form);
        Assert.Equal(picture, await PictureAsync(posted, "image/png"));
        using var raw = await Http.PostAsync("/v1/plot?y=right&title=T", File(Csv, "text/csv"));
        Assert.Equal(picture, await PictureAsync(raw, "image/png"));
        var npy = Npy("<f8", "(3, 2)", [.. new double[] { 0, 4, 1, 2, 2, 5 }.SelectMany(BitConverter.GetBytes)]);
        using var array = await Http.PostAsync("/v1/plot?title=T&xLabel=time", File(npy, "application/octet-stream"));
        using var same = await JsonAsync("/v1/plot", """{"series":[{"x":[0,1,2],"y":[4,2,5]}],"xLabel":"time","title":"T"}""");
        Assert.Equal(await PictureAsync(same, "image/png"), await PictureAsync(array, "image/png"));
        var asset = await plots.Server.UploadAsync(npy, "numbers.npy");
        using var named = await JsonAsync("/v1/plot", $$"""{"file":"{{asset}}","title":"T","xLabel":"time"}""");
        Assert.Equal(HttpStatusCode.OK, named.StatusCode);
    }

    [PlotFact]
    public async Task The_format_is_chosen_by_the_input_or_by_Accept()
    {
        foreach (var (format, type) in new[] { ("svg", "image/svg+xml"), ("pdf", "application/pdf"), ("png", "image/png") })
        {
            using var asked = await JsonAsync("/v1/plot", $$"""{"series":[{"y":[1,3,2]}],"format":"{{format}}"}""");
            var bytes = await PictureAsync(asked, type);
            using var accepted = await JsonAsync("/v1/plot", """{"series":[{"y":[1,3,2]}]}""", type);
            Assert.Equal(bytes, await PictureAsync(accepted, type));
        }
    }

    [PlotFact]
    public async Task Wrong_numbers_are_422_at_their_place_and_the_next_plot_is_drawn()
    {
        await ProblemAsync(JsonAsync("/v1/plot", """{"series":[{"y":[]}]}"""), 422, "invalid_input", "/series/0/y");
        await ProblemAsync(JsonAsync("/v1/plot", """{"series":[{"y":[1,"2"]}]}"""), 422, "invalid_input", "/series/0/y/1");
        await ProblemAsync(JsonAsync("/v1/plot", """{"image":{"values":[[1,2],[3]]}}"""), 422, "invalid_input", "/image/values/1");
        await ProblemAsync(JsonAsync("/v1/plot", """{"series":[{"y":[1]}],"width":16384,"height":16384}"""), 422, "invalid_input", "/width");
        await ProblemAsync(Http.PostAsync("/v1/plot", File(Npy("|O", "(1,)", [0x80, 4]), "application/x-npy")), 422, "invalid_input", "/file");
        await ProblemAsync(Http.PostAsync("/v1/plot", File("a,b\n1,x\n", "text/csv")), 422, "invalid_input", "/file");
        await ProblemAsync(Http.PostAsync("/v1/plot", File(new byte[100], "image/png")), 422, "invalid_input", "/file");
        using var good = await JsonAsync("/v1/plot", """{"series":[{"y":[1,3,2]}]}""");
        Assert.Equal(HttpStatusCode.OK, good.StatusCode);
    }

    [PlotFact]
    public async Task Of_many_plots_of_one_key_the_replaced_are_never_drawn_and_the_newest_always_is()
    {
        var ids = new List<string>();
        for (var number = 0; number < 200; number++)
        {
            ids.Add(await plots.Server.SubmitAsync(
                "plot", "plot", new JsonObject { ["series"] = new JsonArray(new JsonObject { ["y"] = new JsonArray(1, number) }) },
                envelope => envelope["supersedes"] = "many"));
        }

        var ended = new List<JsonObject>();
        foreach (var id in Enumerable.Reverse(ids)) // The newest is over last.
            ended.Add(await plots.Server.EndAsync(id));
        Assert.Equal("succeeded", (string?)ended[0]["state"]);
        var replaced = ended.Where(job => (string?)job["state"] == "canceled").ToList();
        Assert.NotEmpty(replaced);
        Assert.All(replaced, job => Assert.Equal("superseded", (string?)job["failure"]!["reason"]));
        Assert.All(replaced, job => Assert.Empty(job["attempts"]!.AsArray()));
        Assert.All(ended.Except(replaced), job => Assert.Equal("succeeded", (string?)job["state"]));
        using var alone = await JsonAsync("/v1/plot", """{"series":[{"y":[1,199]}]}""");
        Assert.Equal(await PictureAsync(alone, "image/png"), await Http.GetByteArrayAsync($"/v1/jobs/{ids[^1]}/result"));
    }

    [PlotFact]
    public async Task A_loop_that_shows_a_thousand_plots_gets_the_last_one()
    {
        using var folder = new TempFolder();
        var script = $$"""
            import sys
            sys.path.insert(0, sys.argv[1])
            from plot_from_a_loop import LivePlot
            plots = LivePlot(sys.argv[2], key="loop", most_a_second=0)
            for number in range(1000):
                plots.show({"series": [{"y": [1, number]}]})
            open(sys.argv[3], "wb").write(plots.finish())
            print(plots.handed, plots.problem)
            """;
        var start = new ProcessStartInfo(
            PlotServer.Python, ["-c", script, RepositoryPaths.Below("samples"), plots.Server.Url, folder.Below("last.png")])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!;
        Assert.Equal("1000 None", (await process.StandardOutput.ReadToEndAsync().WithinLimitAsync()).Trim());
        using var alone = await JsonAsync("/v1/plot", """{"series":[{"y":[1,999]}]}""");
        Assert.Equal(await PictureAsync(alone, "image/png"), await System.IO.File.ReadAllBytesAsync(folder.Below("last.png")));
    }

    [PlotFact]
    public async Task Pickles_are_drawn_only_where_configuration_allows_it()
    {
        var pickle = Convert.FromBase64String(Pickled);
        var refused = await ProblemAsync(
            Http.PostAsync("/v1/engines/plot/functions/plotter", File(pickle, "application/x-pickle")), 422, "invalid_input", "/file");
        Assert.Contains("engines.plot.allowPickle", (string?)refused["detail"], StringComparison.Ordinal);
        var list = await ProblemAsync(
            Http.PostAsync("/v1/engines/pickle/functions/plotter", File(pickle, "application/x-pickle")), 422, "invalid_input", "/file");
        Assert.Contains("a list is no plotter", (string?)list["detail"], StringComparison.Ordinal); // It was loaded.
    }

    [PlotFact]
    public async Task Without_matplotlib_the_engine_says_so_and_a_call_is_503_naming_it()
    {
        JsonObject? engine = null;
        await Eventually.HoldsAsync(
            async () => (engine = await plots.Server.GetAsync("/v1/engines/bare"))["functions"]!.AsArray().Count > 0, "it has said what it would do");
        Assert.False((bool)engine!["available"]!);
        Assert.Contains("install python3-matplotlib", (string?)engine["reason"], StringComparison.Ordinal);
        var problem = await ProblemAsync(
            JsonAsync("/v1/engines/bare/functions/plot", """{"series":[{"y":[1]}]}"""), 503, "engine_unavailable", null);
        Assert.Contains("Engine 'bare' is not available: matplotlib", (string?)problem["detail"], StringComparison.Ordinal);
    }

    /// <summary>pickle.dumps([1])</summary>
    private const string Pickled = "gASVBgAAAAAAAABdlEsBYS4=";

    private static byte[] Npy(string type, string shape, byte[] data)
    {
        var header = Encoding.ASCII.GetBytes($"{{'descr': '{type}', 'fortran_order': False, 'shape': {shape}, }}\n");
        return [0x93, .. "NUMPY"u8, 1, 0, .. BitConverter.GetBytes((ushort)header.Length), .. header, .. data];
    }

    private static ByteArrayContent File(string text, string type) => File(Encoding.UTF8.GetBytes(text), type);

    private static ByteArrayContent File(byte[] bytes, string type)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return content;
    }

    private Task<HttpResponseMessage> JsonAsync(string path, string body, string accept = "*/*")
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.Accept.ParseAdd(accept);
        return Http.SendAsync(request);
    }

    private static async Task<byte[]> PictureAsync(HttpResponseMessage response, string type)
    {
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        Assert.Equal(type, response.Content.Headers.ContentType?.MediaType);
        return await response.Content.ReadAsByteArrayAsync();
    }

    private static async Task<JsonObject> ProblemAsync(Task<HttpResponseMessage> call, int status, string code, string? pointer)
    {
        using var response = await call;
        var problem = (await response.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.True((status, code) == ((int)response.StatusCode, (string?)problem["code"]), problem.ToJsonString());
        if (pointer is not null)
            Assert.Equal(pointer, (string?)problem["errors"]![0]!["pointer"]);
        return problem;
    }
}
