using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Workers.Api.Tests.Support;
using Workers.Jobs.Assets;

namespace Workers.Api.Tests;

/// <summary>Calls with a file: as a form, as raw bytes, by name.</summary>
public sealed class FileCallTests(FileApi api) : IClassFixture<FileApi>
{
    private static readonly byte[] Blend = FileApi.Blend;

    [Fact]
    public async Task A_form_renders_the_file_whatever_the_order_of_its_parts()
    {
        foreach (var fileFirst in new[] { true, false })
        {
            byte[] blend = [.. Blend, (byte)(fileFirst ? 1 : 2)];
            using var form = new MultipartFormDataContent();
            if (fileFirst)
                form.Add(new ByteArrayContent(blend), "file", "../../chair.blend");
            form.Add(new StringContent("512"), "width");
            form.Add(new StringContent("Armrest"), "show");
            form.Add(new StringContent("Legs"), "show");
            form.Add(new ByteArrayContent(NodeActor.Picture), "images[Fabric]", "wood.png");
            if (!fileFirst)
                form.Add(new ByteArrayContent(blend), "file", "../../chair.blend");

            var call = api.Client.PostAsync("/v1/render", form);
            var job = await api.Node.RunOneAsync("blender");
            using var response = await call;

            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            var input = job.Specification.Input;
            Assert.Equal(IdOf(blend), (string?)input["file"]);
            Assert.Equal(IdOf(NodeActor.Picture), (string?)input["images"]!["Fabric"]);
            Assert.Equal(512, (int?)input["width"]);
            Assert.Equal(["Armrest", "Legs"], input["show"]!.AsArray().Select(name => (string?)name));
            Assert.Equal(2, job.Specification.Assets.Count);
            var record = await api.Host.Services.GetRequiredService<AssetRegistry>().FindAsync(AssetId.Hex(IdOf(blend)), touch: false, default);
            Assert.Equal(("chair.blend", "application/x-blender"), (record!.Name, record.MediaType));
        }
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded")] // what curl says of every --data-binary
    [InlineData("application/octet-stream")]
    [InlineData(null)]
    public async Task Raw_bytes_are_the_file_and_the_query_the_options(string? type)
    {
        var call = api.Client.PostBytesAsync("/v1/render?width=256&samples=4", Blend, type);
        var job = await api.Node.RunOneAsync("blender");
        using var response = await call;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(
            (IdOf(Blend), 256, 4),
            ((string?)job.Specification.Input["file"], (int?)job.Specification.Input["width"], (int?)job.Specification.Input["samples"]));
    }

    [Theory]
    [InlineData("application/x-www-form-urlencoded", "width=512")]
    [InlineData("application/x-www-form-urlencoded", "{\"width\":512}")]
    [InlineData("text/plain", "{\"width\":512}")]
    [InlineData(null, "{\"width\":512}")]
    public async Task Typed_text_under_a_form_type_is_415_naming_json(string? type, string body)
    {
        using var response = await api.Client.PostBytesAsync("/v1/render", Encoding.UTF8.GetBytes(body), type);
        Assert.Contains("--json", (string?)(await response.ProblemAsync(415, "unsupported_media_type"))["detail"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model/gltf+json", " {\"asset\": {\"version\": \"2.0\"}}")]
    [InlineData("model/obj", "# by hand\n\no Box\nv 0 0 0\n")]
    [InlineData("model/obj", "mtllib chair.mtl\r\n")]
    [InlineData("model/vnd.collada+xml", "<?xml version=\"1.0\"?>\n<COLLADA version=\"1.4.1\"/>")]
    public async Task Models_that_are_text_are_known_by_their_first_lines(string mediaType, string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        var call = api.Client.PostBytesAsync("/v1/render", bytes, "application/x-www-form-urlencoded");
        var job = await api.Node.RunOneAsync("blender");
        Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);
        Assert.Equal(IdOf(bytes), (string?)job.Specification.Input["file"]);
        var record = await api.Host.Services.GetRequiredService<AssetRegistry>().FindAsync(AssetId.Hex(IdOf(bytes)), touch: false, default);
        Assert.Equal(mediaType, record!.MediaType);
    }

    [Fact]
    public async Task What_is_in_a_file_counts_before_its_name()
    {
        byte[] blend = [.. Blend, 3];
        var call = api.Client.PostBytesAsync("/v1/render?filename=chair.docx", blend, "application/octet-stream");
        var job = await api.Node.RunOneAsync("blender");
        Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);
        Assert.Equal(IdOf(blend), (string?)job.Specification.Input["file"]);
    }

    [Fact]
    public async Task A_file_under_a_root_is_taken_by_name()
    {
        var call = api.Client.PostJsonAsync("/v1/render", """{"file":"root:models/chair.blend"}""");
        var job = await api.Node.RunOneAsync("blender");
        Assert.Equal(HttpStatusCode.OK, (await call).StatusCode);
        Assert.Empty(job.Specification.Assets);
    }

    [Theory]
    [InlineData("root:models/../secret.blend")]
    [InlineData("root:models//etc/passwd")]
    [InlineData("root:models/a/../../secret.blend")]
    [InlineData("root:models/out.blend")] // a link
    [InlineData("root:models/up/secret.blend")] // a link on the way
    [InlineData("root:models/none.blend")]
    [InlineData("root:models\\..\\secret.blend")]
    [InlineData("root:other/chair.blend")]
    [InlineData("root:models/")]
    [InlineData("root:")]
    [InlineData("/etc/passwd")]
    [InlineData("sha256:ABC")]
    public async Task A_name_that_leads_elsewhere_is_422_at_its_place(string name)
    {
        using var response = await api.Client.PostJsonAsync(
            "/v1/engines/blender/functions/render", new System.Text.Json.Nodes.JsonObject { ["file"] = name }.ToJsonString());
        await response.ProblemAsync(422, "invalid_input", "/file");
    }

    [Fact]
    public async Task An_asset_that_is_not_stored_is_422_at_its_place()
    {
        var missing = IdOf("never uploaded"u8.ToArray());
        using var call = await api.Client.PostJsonAsync("/v1/engines/blender/functions/render", $$"""{"file":"{{missing}}"}""");
        await call.ProblemAsync(422, "unknown_asset", "/file");
        using var submit = await api.Client.PostJsonAsync(
            "/v1/jobs",
            """{"engine":"blender","function":"render","input":{"file":"root:models/chair.blend","images":{"a/b":"MISSING"}}}"""
                .Replace("MISSING", missing, StringComparison.Ordinal));
        await submit.ProblemAsync(422, "unknown_asset", "/input/images/a~1b");
    }

    [Fact]
    public async Task A_file_that_no_engine_opens_and_a_field_given_twice_are_422()
    {
        using var wrong = await api.Client.PostBytesAsync("/v1/engines/blender/functions/render", NodeActor.Picture, "image/png");
        await wrong.ProblemAsync(422, "invalid_input", "/file");
        using var twice = await api.Client.PostJsonAsync(
            "/v1/engines/blender/functions/render?width=1", """{"file":"root:models/chair.blend","width":2}""");
        await twice.ProblemAsync(422, "invalid_input", "/width");
        using var bare = await api.Client.PostAsync("/v1/engines/blender/functions/render", null);
        await bare.ProblemAsync(422, "invalid_input", "/file");
    }

    [Theory]
    [InlineData("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.blend\"\r\n\r\nBLENDER")] // broken off
    [InlineData("--x\r\nContent-Type: text/plain\r\n\r\nno name\r\n--x--\r\n")]
    [InlineData("no boundary at all")]
    public async Task A_broken_form_is_400(string body)
    {
        using var response = await api.Client.PostBytesAsync(
            "/v1/engines/blender/functions/render", Encoding.ASCII.GetBytes(body), "multipart/form-data; boundary=x");
        await response.ProblemAsync(400, "malformed_request");
    }

    [Fact]
    public async Task Too_large_a_file_is_413_in_every_way_to_send_it()
    {
        var large = new byte[30_000];
        using var raw = await api.Client.PostBytesAsync("/v1/engines/blender/functions/render", large, "application/octet-stream");
        await raw.ProblemAsync(413, "too_large");
        using var form = new MultipartFormDataContent { { new ByteArrayContent(large), "file", "a.blend" } };
        using var multipart = await api.Client.PostAsync("/v1/engines/blender/functions/render", form);
        await multipart.ProblemAsync(413, "too_large");
        using var asset = await api.Client.PostBytesAsync("/v1/assets", large, "application/octet-stream");
        await asset.ProblemAsync(413, "too_large");
    }

    private static string IdOf(byte[] bytes) => AssetId.Of(Convert.ToHexStringLower(SHA256.HashData(bytes)));
}
