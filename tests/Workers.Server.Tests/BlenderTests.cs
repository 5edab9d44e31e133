using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Workers.Testing;

namespace Workers.Server.Tests;

/// <summary>One server with one warm Blender, shared by the classes of its collection.</summary>
public sealed class BlenderServer : IAsyncLifetime, IDisposable
{
    /// <summary>Null where there is no Blender; then the tests say so and are skipped.</summary>
    public static string? Missing { get; } = FindBlender() is null ? "Blender is not installed (make setup, or BLENDER=/path/to/blender)." : null;

    private readonly TempFolder folder = new();

    internal ServerProcess Server { get; private set; } = null!;

    internal string Product { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        if (Missing is not null)
            return;
        var config = folder.Below("workers.json");
        var settings = new JsonObject
        {
            ["engines"] = JsonNode.Parse("""{ "blender": { "workers": 1 }, "plot": { "workers": 1 }, "testcard": { "workers": 1 } }"""),
            ["roots"] = new JsonObject { ["pictures"] = RepositoryPaths.Below("tests", "python", "fixtures") },
        };
        await File.WriteAllTextAsync(config, settings.ToJsonString());
        Server = await ServerProcess.StartAsync(folder.FullPath, "--config", config);
        await Server.EngineIsAvailableAsync("blender");
        Product = await Server.UploadAsync(await File.ReadAllBytesAsync(RepositoryPaths.Below("samples", "product.blend")), "product.blend");
    }

    public async Task DisposeAsync()
    {
        if (Server is not null)
            await Server.DisposeAsync();
    }

    /// <summary>Blender's own scene as it saves it: the bytes of a .blend, not compressed.</summary>
    internal async Task<byte[]> SavedByBlenderAsync(string name)
    {
        var path = folder.Below(name);
        var start = new ProcessStartInfo(FindBlender()!)
        {
            ArgumentList =
            {
                "-b", "--factory-startup", "--python-expr", $"import bpy; bpy.ops.wm.save_as_mainfile(filepath={JsonSerializer.Serialize(path)})",
            },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync()).WithinLimitAsync();
        return await File.ReadAllBytesAsync(path);
    }

    public void Dispose() => folder.Dispose();

    private static string? FindBlender()
    {
        var named = Environment.GetEnvironmentVariable("BLENDER");
        if (!string.IsNullOrEmpty(named))
            return named;
        return Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(part => Path.Combine(part, "blender")).FirstOrDefault(File.Exists);
    }
}

/// <summary>The tests that share <see cref="BlenderServer"/>.</summary>
[CollectionDefinition(Name)]
public sealed class BlenderCollection : ICollectionFixture<BlenderServer>
{
    internal const string Name = "Blender";
}

/// <summary>A fact that needs Blender.</summary>
public sealed class BlenderFactAttribute : FactAttribute
{
    public BlenderFactAttribute() => Skip = BlenderServer.Missing;
}

/// <summary>Real renders of real files through every hop.</summary>
[Collection(BlenderCollection.Name)]
public sealed class BlenderTests(BlenderServer blender)
{
    private const string Fabric = "materials[\"Fabric\"].node_tree.nodes[\"Principled BSDF\"].inputs[\"Base Color\"].default_value";

    private ServerProcess Server => blender.Server;

    [BlenderFact]
    public async Task A_second_render_of_a_file_is_warm_on_the_same_worker()
    {
        await RenderAsync(Small());
        var first = await RenderAsync(Small(seed: 1));
        var second = await RenderAsync(Small(seed: 2));
        Assert.Equal(Pid(first), Pid(second));
        Assert.Equal("file", second["warm"]!.GetValue<string>());
        Assert.InRange(second["timings"]!["loadSeconds"]!.GetValue<double>(), 0, 0.01);
    }

    [BlenderFact]
    public async Task A_form_a_raw_file_and_json_give_the_picture_as_the_response()
    {
        var file = await File.ReadAllBytesAsync(RepositoryPaths.Below("samples", "product.blend"));
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent(file), "file", "chair.blend" }, { new StringContent("32"), "width" }, { new StringContent("32"), "height" },
            { new StringContent("1"), "samples" },
        };
        using var posted = await Server.Http.PostAsync("/v1/render", form);
        await IsPngAsync(posted);
        using var raw = await Server.Http.PostAsync("/v1/render?width=32&height=32&samples=1&filename=chair.blend", new ByteArrayContent(file));
        await IsPngAsync(raw);
        using var json = await Server.Http.PostAsJsonAsync("/v1/render", Small());
        await IsPngAsync(json);
        Assert.NotNull(json.Headers.ETag);
        Assert.True(json.Headers.Contains("Server-Timing") && json.Headers.Contains("Job-Id"));
    }

    [BlenderFact]
    public async Task Set_changes_the_picture_and_leaves_no_trace()
    {
        var plain = await PictureAsync(Small());
        var red = Small();
        red["set"] = new JsonObject { [Fabric] = new JsonArray(0.9, 0.0, 0.0, 1.0) };
        Assert.NotEqual(plain, await PictureAsync(red));
        Assert.Equal(plain, await PictureAsync(Small()));
    }

    [BlenderFact]
    public async Task A_long_render_reports_rising_progress_with_eta_and_snapshots()
    {
        // Just enough for a render in chunks, which shows the picture so far.
        var id = await Server.SubmitAsync("blender", "render", Small(size: 384, samples: 64));
        var fractions = new List<double>();
        int withEta = 0, snapshots = 0;
        await foreach (var item in SseReader.ReadAsync(Server.Http, $"/v1/jobs/{id}/events", null))
        {
            var data = JsonNode.Parse(item.Data)!;
            if (item.Type == "progress" && data["fraction"] is JsonValue fraction)
            {
                fractions.Add(fraction.GetValue<double>());
                withEta += data["etaSeconds"] is JsonValue ? 1 : 0;
            }

            if (item.Type == "snapshot")
            {
                snapshots++;
                using var picture = await Server.Http.GetAsync(data["url"]!.GetValue<string>());
                Assert.True(picture.StatusCode is HttpStatusCode.OK or HttpStatusCode.NotFound, "a snapshot is there, or the job has just ended");
            }
        }

        Assert.Equal(fractions.Order(), fractions);
        Assert.True(fractions.Distinct().Count() >= 8, $"{fractions.Distinct().Count()} fractions");
        Assert.True(withEta >= 8, $"{withEta} with an estimate");
        Assert.True(snapshots >= 2, $"{snapshots} snapshots");
    }

    [BlenderFact]
    public async Task Twenty_cancels_in_a_row_keep_the_worker()
    {
        var pid = Pid(await RenderAsync(Small()));
        for (var i = 0; i < 20; i++)
        {
            var id = await Server.SubmitAsync("blender", "render", Small(size: 512, samples: 4096));
            await foreach (var item in SseReader.ReadAsync(Server.Http, $"/v1/jobs/{id}/events", null))
            {
                if (item.Type == "started")
                    break;
            }

            if (i % 2 == 1) // half of them well in mid-render, half as early as can be
            {
                await Eventually.HoldsAsync(
                    async () => (await Server.GetAsync($"/v1/jobs/{id}"))["progress"]?["fraction"]?.GetValue<double>() > 0, "the render gets on");
            }

            using var reply = await Server.Http.PostAsync($"/v1/jobs/{id}/cancel", null);
            Assert.True(reply.StatusCode is HttpStatusCode.Accepted or HttpStatusCode.OK);
            Assert.Equal("canceled", (await Server.EndAsync(id))["state"]!.GetValue<string>());
        }

        Assert.Equal(pid, Pid(await RenderAsync(Small())));
    }

    [BlenderFact]
    public async Task Broken_files_fail_clearly_and_never_give_the_picture_of_another()
    {
        await RenderAsync(Small());
        var product = await File.ReadAllBytesAsync(RepositoryPaths.Below("samples", "product.blend"));
        var broken = new Dictionary<string, byte[]>
        {
            ["truncated.blend"] = product[..(product.Length / 2)],
            ["garbage.blend"] = [.. "BLENDER-v304"u8, .. Encoding.ASCII.GetBytes(new string('x', 5_000))],
            ["short.blend"] = [1],
        };
        foreach (var (name, bytes) in broken)
        {
            var input = Small();
            input["file"] = await Server.UploadAsync(bytes, name);
            var job = await Server.EndAsync(await Server.SubmitAsync("blender", "render", input));
            Assert.True(job["state"]!.GetValue<string>() == "failed", $"{name}: {job}");
            Assert.True(job["artifacts"] is null or JsonArray { Count: 0 });
            Assert.Equal("succeeded", (await RenderAsync(Small()))["state"]!.GetValue<string>());
        }
    }

    [BlenderFact]
    public async Task Wrong_names_and_values_are_refused_with_a_pointer()
    {
        var input = Small();
        input["camera"] = "Nobody";
        using var unknown = await Server.Http.PostAsJsonAsync("/v1/render", input);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, unknown.StatusCode);
        Assert.Contains("camera", await unknown.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        foreach (var (field, value) in new (string, JsonNode)[] { ("width", 0), ("width", "wide"), ("samples", -1), ("unknownField", 1) })
        {
            var bad = Small();
            bad[field] = value;
            using var reply = await Server.Http.PostAsJsonAsync("/v1/render", bad);
            Assert.Equal(HttpStatusCode.UnprocessableEntity, reply.StatusCode);
            var problem = (await reply.Content.ReadFromJsonAsync<JsonObject>())!;
            Assert.Contains(field, problem["errors"]![0]!["pointer"]!.GetValue<string>(), StringComparison.Ordinal);
        }
    }

    private JsonObject Small(int size = 48, int samples = 2, int seed = 0)
    {
        var input = new JsonObject { ["file"] = blender.Product, ["camera"] = "Hero", ["width"] = size, ["height"] = size, ["samples"] = samples };
        if (seed > 0)
            input["set"] = new JsonObject { [Fabric] = new JsonArray(0.1 * seed, 0.2, 0.3, 1.0) };
        return input;
    }

    private async Task<JsonObject> RenderAsync(JsonObject input)
    {
        var job = await Server.EndAsync(await Server.SubmitAsync("blender", "render", input));
        Assert.True(job["state"]!.GetValue<string>() == "succeeded", job.ToString());
        return job;
    }

    private async Task<byte[]> PictureAsync(JsonObject input)
    {
        var job = await RenderAsync(input);
        return await Server.Http.GetByteArrayAsync($"/v1/jobs/{job["id"]!.GetValue<string>()}/result");
    }

    private static int Pid(JsonObject job) => job["worker"]!["pid"]!.GetValue<int>();

    private static async Task IsPngAsync(HttpResponseMessage reply)
    {
        var bytes = await reply.Content.ReadAsByteArrayAsync();
        Assert.True(reply.IsSuccessStatusCode, Encoding.UTF8.GetString(bytes));
        Assert.Equal("image/png", reply.Content.Headers.ContentType!.MediaType);
        Assert.Equal([0x89, 0x50, 0x4E, 0x47], bytes[..4]);
    }
}
