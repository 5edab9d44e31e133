using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Workers.Testing;

namespace Workers.Server.Tests;

/// <summary>The specially configured product: materials, pictures, parts and texts of one call, as JSON and as a form.</summary>
[Collection(BlenderCollection.Name)]
public sealed class ProductCallTests(BlenderServer blender)
{
    private const string NoSuchAsset = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

    private ServerProcess Server => blender.Server;

    [BlenderFact]
    public async Task A_configured_product_is_the_same_picture_as_json_and_as_a_form_and_leaves_no_trace()
    {
        var plain = await PictureAsync(Plain());
        var product = Plain();
        product["materials"] = JsonNode.Parse("""{ "Wood": { "baseColor": "#4a2a12", "roughness": 0.2 } }""");
        product["images"] = new JsonObject { ["Fabric"] = await UploadRedAsync() };
        product["hide"] = new JsonArray("Armrest");
        product["texts"] = new JsonObject { ["Engraving"] = "Anna" };
        var configured = await PictureAsync(product);
        Assert.NotEqual(plain, configured);
        foreach (var part in new[] { "materials", "images", "hide", "texts" })
        {
            var without = product.DeepClone().AsObject();
            without.Remove(part);
            Assert.NotEqual(configured, await PictureAsync(without));
        }

        Assert.Equal(plain, await PictureAsync(Plain()));
        using var form = new MultipartFormDataContent
        {
            { new ByteArrayContent(await File.ReadAllBytesAsync(RepositoryPaths.Below("samples", "product.blend"))), "file", "chair.blend" },
            { new StringContent("Detail"), "camera" }, { new StringContent("48"), "width" }, { new StringContent("2"), "samples" },
            { new StringContent("""{ "Wood": { "baseColor": "#4a2a12", "roughness": 0.2 } }"""), "materials" },
            { new ByteArrayContent(await RedAsync()), "images[Fabric]", "red.png" },
            { new StringContent("Armrest"), "hide" }, { new StringContent("Anna"), "texts[Engraving]" },
        };
        using var posted = await Server.Http.PostAsync("/v1/render", form);
        var body = await posted.Content.ReadAsByteArrayAsync();
        Assert.True(posted.IsSuccessStatusCode, Encoding.UTF8.GetString(body));
        Assert.Equal(configured, body);
    }

    [BlenderFact]
    public async Task Several_outputs_are_artifacts_of_one_job_and_the_first_is_the_answer()
    {
        var input = Plain();
        input["outputs"] = JsonNode.Parse("""[{ "format": "jpeg" }, { "name": "thumb", "format": "png", "width": 16 }]""");
        using var reply = await Server.Http.PostAsJsonAsync("/v1/render", input);
        Assert.Equal("image/jpeg", reply.Content.Headers.ContentType!.MediaType);
        var job = await Server.GetAsync("/v1/jobs/" + reply.Headers.GetValues("Job-Id").Single());
        Assert.Equal(["image.jpg", "thumb.png"], job["artifacts"]!.AsArray().Select(artifact => artifact!["name"]!.GetValue<string>()));
        Assert.Equal(16, job["artifacts"]![1]!["width"]!.GetValue<int>());
        using var thumb = await Server.Http.GetAsync(job["artifacts"]![1]!["url"]!.GetValue<string>());
        Assert.Equal("image/png", thumb.Content.Headers.ContentType!.MediaType);
        Assert.Equal("plain", job["output"]!["plan"]!["mode"]!.GetValue<string>());
    }

    [BlenderFact]
    public async Task A_picture_under_a_root_is_as_good_as_an_uploaded_one()
    {
        var (uploaded, rooted) = (Plain(), Plain());
        uploaded["images"] = new JsonObject { ["Weave"] = await UploadRedAsync() };
        rooted["images"] = new JsonObject { ["Weave"] = "root:pictures/red.png" };
        Assert.Equal(await PictureAsync(uploaded), await PictureAsync(rooted));
    }

    [BlenderFact]
    public async Task Wrong_parts_are_refused_at_their_place_and_the_next_call_works()
    {
        foreach (var (part, value, pointer, reason) in new[]
        {
            ("images", $$"""{ "Weave": "{{NoSuchAsset}}" }""", "/images/Weave", "not stored"),
            ("images", """{ "Weave": "nonsense" }""", "/images/Weave", "sha256:"),
            ("images", """{ "Weave": "root:pictures/none.png" }""", "/images/Weave", "no such file"),
            ("images", """{ "Weave": "root:pictures/../../../README.md" }""", "/images/Weave", "leaves the root"),
            ("images", """{ "Weave": "root:pictures/make_shop.py" }""", "/images/Weave", "is no picture"),
            ("images", """{ "Wave": "root:pictures/red.png" }""", "/images/Wave", "Did you mean Weave"),
            ("images", """{ "Weave": 5 }""", "/images/Weave", "a string"),
            ("materials", """{ "Fabrik": { "baseColor": "#fff" } }""", "/materials/Fabrik", "Did you mean Fabric"),
            ("materials", """{ "Fabric": { "colour": "#fff" } }""", "/materials/Fabric/colour", "no 'colour' here"),
            ("materials", """{ "Fabric": { "baseColor": "red" } }""", "/materials/Fabric/baseColor", "Must match"),
            ("materials", """{ "Fabric": { "roughness": 2 } }""", "/materials/Fabric/roughness", "at most 1"),
            ("materials", """[ "Fabric" ]""", "/materials", "an object"),
            ("hide", """[ "Armrests" ]""", "/hide/0", "Did you mean Armrest"),
            ("texts", """{ "Plate": "Anna" }""", "/texts/Plate", "is no text but a MESH"),
            ("outputs", """[ { "format": "gif" } ]""", "/outputs/0/format", "one of"),
            ("timeLimitSeconds", "0", "/timeLimitSeconds", "at least"),
            ("strict", "\"yes\"", "/strict", "true or false"),
        })
        {
            var bad = Plain();
            bad[part] = JsonNode.Parse(value);
            using var reply = await Server.Http.PostAsJsonAsync("/v1/render", bad);
            var text = await reply.Content.ReadAsStringAsync();
            Assert.True(reply.StatusCode == HttpStatusCode.UnprocessableEntity, $"{value}: {text}");
            var error = JsonNode.Parse(text)!["errors"]![0]!;
            Assert.True(pointer == error["pointer"]!.GetValue<string>(), $"{value}: {text}");
            Assert.Contains(reason, error["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        }

        await PictureAsync(Plain());
    }

    [BlenderFact]
    public async Task A_change_that_cannot_show_is_a_warning_and_with_strict_an_error()
    {
        var input = Plain();
        input["set"] = new JsonObject { ["materials[\"Fabric\"].diffuse_color"] = new JsonArray(1, 0, 0, 1) };
        var job = await Server.EndAsync(await Server.SubmitAsync("blender", "render", input.DeepClone().AsObject()));
        Assert.Equal("set_without_effect", Assert.Single(job["warnings"]!.AsArray())!["code"]!.GetValue<string>());
        input["strict"] = true;
        using var reply = await Server.Http.PostAsJsonAsync("/v1/render", input);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, reply.StatusCode);
        Assert.Contains("set_without_effect", await reply.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static Task<byte[]> RedAsync() => File.ReadAllBytesAsync(RepositoryPaths.Below("tests", "python", "fixtures", "red.png"));

    private async Task<string> UploadRedAsync() => await Server.UploadAsync(await RedAsync(), "red.png");

    private JsonObject Plain() => new() { ["file"] = blender.Product, ["camera"] = "Detail", ["width"] = 48, ["samples"] = 2 };

    private async Task<byte[]> PictureAsync(JsonObject input)
    {
        using var reply = await Server.Http.PostAsJsonAsync("/v1/render", input);
        var body = await reply.Content.ReadAsByteArrayAsync();
        Assert.True(reply.IsSuccessStatusCode, Encoding.UTF8.GetString(body));
        Assert.Equal("image/png", reply.Content.Headers.ContentType!.MediaType);
        return body;
    }
}
