using System.IO.Compression;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Workers.Server.Tests;

/// <summary>Models with what belongs to them, through every hop: previews, contents, and parts given out.</summary>
[Collection(BlenderCollection.Name)]
public sealed class FormatTests(BlenderServer blender)
{
    private const string Model = "mtllib box.mtl\no Box\nv 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 1\nusemtl Paint\nf 1 2 3\nf 1 3 4\n";
    private const string Materials = "newmtl Paint\nKd 0.8 0.1 0.1\nmap_Kd textures/paint.png\n";

    private ServerProcess Server => blender.Server;

    [BlenderFact]
    public async Task A_form_brings_a_model_and_its_companions()
    {
        using var form = new MultipartFormDataContent
        {
            { Part(Model), "file", "box.obj" },
            { Part(Materials), "files[box.mtl]", "box.mtl" },
            { new ByteArrayContent(await PaintAsync()), "files[textures/paint.png]", "paint.png" },
            { new StringContent("64"), "size" },
        };
        using var reply = await Server.Http.PostAsync("/v1/preview", form);
        Assert.Equal([0x89, 0x50, 0x4E, 0x47], (await reply.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync())[..4]);
        var job = await Server.GetAsync($"/v1/jobs/{reply.Headers.GetValues("Job-Id").Single()}");
        Assert.Empty(job["warnings"]!.AsArray());
        Assert.Equal((64, "obj"), ((int)job["output"]!["width"]!, (string?)job["output"]!["kind"]));
    }

    [BlenderFact]
    public async Task A_raw_body_needs_no_name_and_says_what_did_not_come_along()
    {
        using var body = Part(Model);
        body.Headers.ContentType = new("application/x-www-form-urlencoded"); // what curl says of every --data-binary
        using var reply = await Server.Http.PostAsync("/v1/inspect", body);
        var found = (await reply.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.Equal(("obj", 2), ((string?)found["kind"], (int)found["counts"]!["faces"]!));
        Assert.Equal(["Box"], found["objects"]!.AsArray().Select(thing => (string?)thing!["name"]));
        var job = await Server.GetAsync($"/v1/jobs/{reply.Headers.GetValues("Job-Id").Single()}");
        var warning = Assert.Single(job["warnings"]!.AsArray())!;
        Assert.Equal("companion_missing", (string?)warning["code"]);
        Assert.Contains("box.mtl", (string?)warning["detail"], StringComparison.Ordinal);
    }

    [BlenderFact]
    public async Task An_archive_is_unpacked_and_one_that_climbs_out_is_refused()
    {
        var archive = Zip(("model/box.obj", Model), ("model/box.mtl", Materials.Split("map_Kd")[0]));
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent(archive), "file", "box.zip" },
            { new StringContent("model/box.obj"), "entry" },
            { new StringContent("Box"), "objects" },
        };
        using var reply = await Server.Http.PostAsync("/v1/engines/blender/functions/export", form);
        Assert.Equal("model/gltf-binary", reply.EnsureSuccessStatusCode().Content.Headers.ContentType!.MediaType);
        Assert.Equal("glTF"u8.ToArray(), (await reply.Content.ReadAsByteArrayAsync())[..4]);

        using var hostile = new ByteArrayContent(Zip(("box.obj", Model), ("../../evil.txt", "x")));
        using var refused = await Server.Http.PostAsync("/v1/preview", hostile);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        var problem = (await refused.Content.ReadFromJsonAsync<JsonObject>())!;
        Assert.Equal(("invalid_input", "/file"), ((string?)problem["code"], (string?)problem["errors"]![0]!["pointer"]));
        Assert.Contains("leads out", problem.ToString(), StringComparison.Ordinal);
    }

    [BlenderFact]
    public async Task A_file_that_kills_Blender_is_one_clear_failure_and_the_next_call_is_fine()
    {
        var file = await blender.SavedByBlenderAsync("plain.blend");
        "000"u8.CopyTo(file.AsSpan(9)); // a file of a version that never was: reading it as one, Blender 3.4 dies
        using var reply = await Server.Http.PostAsync("/v1/preview?filename=dead.blend", new ByteArrayContent(file));
        var text = await reply.Content.ReadAsStringAsync();
        Assert.True(reply.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.UnprocessableEntity, $"{(int)reply.StatusCode}: {text}");
        Assert.True((string?)JsonNode.Parse(text)!["code"] is "engine_crashed" or "invalid_input", text);
        using var next = await Server.Http.PostAsync("/v1/preview?size=32", Part(Model));
        Assert.Equal("image/png", next.EnsureSuccessStatusCode().Content.Headers.ContentType!.MediaType);
    }

    private async Task<byte[]> PaintAsync() =>
        await Server.Http.GetByteArrayAsync($"/v1/jobs/{await CardAsync()}/result?wait=60");

    private Task<string> CardAsync() =>
        Server.SubmitAsync("testcard", "render", new JsonObject { ["width"] = 16, ["height"] = 16 });

    private static ByteArrayContent Part(string text) => new(Encoding.UTF8.GetBytes(text));

    private static byte[] Zip(params (string Name, string Content)[] entries)
    {
        using var packed = new MemoryStream();
        using (var archive = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                using var entry = archive.CreateEntry(name).Open();
                entry.Write(Encoding.UTF8.GetBytes(content));
            }
        }

        return packed.ToArray();
    }
}
