using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Workers.Api.Tests.Support;
using Workers.Blobs;
using Workers.Jobs.Assets;

namespace Workers.Api.Tests;

/// <summary>Uploads, downloads and their checks.</summary>
public sealed class AssetTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task An_upload_is_named_by_its_content_and_known_the_second_time()
    {
        var bytes = Unique();
        using var created = await api.Client.PostBytesAsync("/v1/assets?filename=..%2F..%2Fwood.png", bytes, "image/png");
        var asset = await created.JobAsync(HttpStatusCode.Created);
        Assert.Equal(
            (Id(bytes), "wood.png", "image/png", bytes.Length),
            ((string?)asset["asset"], (string?)asset["name"], (string?)asset["mediaType"], (int?)asset["size"]));
        using var again = await api.Client.PostBytesAsync("/v1/assets", bytes, null);
        await again.JobAsync(HttpStatusCode.OK);

        using var got = await api.Client.GetAsync(created.Headers.Location);
        Assert.Equal(bytes, await got.Content.ReadAsByteArrayAsync());
        Assert.True(got.Headers.CacheControl!.Extensions.Any(extension => extension.Name == "immutable") && got.Headers.CacheControl.Public);
        Assert.Equal("nosniff", got.Headers.GetValues("X-Content-Type-Options").Single());
        using var head = await api.Client.SendAsync(HttpMethod.Head, created.Headers.Location!.ToString());
        Assert.Equal(bytes.Length, head.Content.Headers.ContentLength);

        using var list = await api.Client.GetAsync("/v1/assets?name=wood.png");
        Assert.Contains(Id(bytes), (await list.JsonAsync())["assets"]!.AsArray().Select(item => (string?)item!["asset"]));
    }

    [Fact]
    public async Task A_form_uploads_its_one_file()
    {
        var bytes = Unique();
        using var form = new MultipartFormDataContent { { new ByteArrayContent(bytes), "file", "chair.blend" } };
        using var created = await api.Client.PostAsync("/v1/assets", form);
        Assert.Equal("application/x-blender", (string?)(await created.JobAsync(HttpStatusCode.Created))["mediaType"]);
        using var empty = new MultipartFormDataContent { { new StringContent("x"), "a" } };
        using var refused = await api.Client.PostAsync("/v1/assets", empty);
        await refused.ProblemAsync(400, "malformed_request");
    }

    [Fact]
    public async Task A_digest_is_checked_in_the_header_and_in_the_path()
    {
        var bytes = Unique();
        using var right = await PutAsync(bytes, Hex(bytes), Digest(bytes));
        await right.JobAsync(HttpStatusCode.Created);
        using var path = await PutAsync(Unique(), Hex(bytes), null);
        await path.ProblemAsync(422, "digest_mismatch");
        using var header = await PutAsync(bytes, Hex(bytes), Digest(Unique()));
        await header.ProblemAsync(422, "digest_mismatch");
        using var garbage = await PutAsync(bytes, Hex(bytes), "sha-256=:!:");
        await garbage.ProblemAsync(400, "malformed_request");
        using var name = await PutAsync(bytes, "ABC", null);
        await name.ProblemAsync(404, "asset_not_found");
    }

    [Fact]
    public async Task Missing_tells_what_to_upload()
    {
        var (known, unknown) = (Unique(), Unique());
        await api.Client.PostBytesAsync("/v1/assets", known, null);
        using var response = await api.Client.PostJsonAsync(
            "/v1/assets/missing", new JsonObject { ["assets"] = new JsonArray(Id(known), Id(unknown)) }.ToJsonString());
        Assert.Equal([Id(unknown)], (await response.JsonAsync())["assets"]!.AsArray().Select(id => (string?)id));
        using var wrong = await api.Client.PostJsonAsync("/v1/assets/missing", """{"assets":["sha256:x"]}""");
        await wrong.ProblemAsync(422, "invalid_input", "/assets/0");
    }

    [Fact]
    public async Task What_a_job_uses_is_not_deleted()
    {
        var bytes = Unique();
        await api.Client.PostBytesAsync("/v1/assets", bytes, null);
        Assert.Equal(HttpStatusCode.NoContent, (await api.Client.DeleteAsync($"/v1/assets/sha256/{Hex(bytes)}")).StatusCode);
        using var gone = await api.Client.GetAsync($"/v1/assets/sha256/{Hex(bytes)}");
        await gone.ProblemAsync(404, "asset_not_found");
        using var twice = await api.Client.DeleteAsync($"/v1/assets/sha256/{Hex(bytes)}");
        await twice.ProblemAsync(404, "asset_not_found");

        await api.Client.PostJsonAsync("/v1/jobs", """{"engine":"testcard","function":"render"}""");
        await api.Node.RunOneAsync();
        using var used = await api.Client.DeleteAsync($"/v1/assets/sha256/{Hex(NodeActor.Picture)}");
        await used.ProblemAsync(409, "asset_in_use");
    }

    [Fact]
    public async Task What_somebody_uploaded_never_runs_as_our_page()
    {
        using var uploaded = await api.Client.PostBytesAsync(
            "/v1/assets?filename=a.svg", Encoding.UTF8.GetBytes($"<svg id='{Guid.NewGuid()}'/>"), "image/svg+xml");
        using var got = await api.Client.GetAsync(uploaded.Headers.Location);
        Assert.Contains("sandbox", got.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("attachment", got.Content.Headers.ContentDisposition!.DispositionType);
    }

    [Fact]
    public async Task Known_bytes_keep_their_name_unless_it_told_nothing_and_are_saved_under_any()
    {
        var bytes = Unique();
        async Task<(string?, string?)> UploadAsync(string query, string type)
        {
            using var uploaded = await api.Client.PostBytesAsync("/v1/assets" + query, bytes, type);
            var asset = await uploaded.JsonAsync();
            return ((string?)asset["name"], (string?)asset["mediaType"]);
        }

        Assert.Equal((null, "application/octet-stream"), await UploadAsync("", "application/octet-stream"));
        Assert.Equal(("wood.png", "image/png"), await UploadAsync("?filename=wood.png", "image/png"));
        Assert.Equal(("wood.png", "image/png"), await UploadAsync("?filename=oak.jpg", "image/jpeg"));
        Assert.Equal(("wood.png", "image/png"), await UploadAsync("", "application/octet-stream"));
        using var own = await api.Client.GetAsync($"/v1/assets/sha256/{Hex(bytes)}?filename=oak.png");
        Assert.Equal("oak.png", own.Content.Headers.ContentDisposition!.FileNameStar);
        using var first = await api.Client.GetAsync($"/v1/assets/sha256/{Hex(bytes)}");
        Assert.Equal("wood.png", first.Content.Headers.ContentDisposition!.FileNameStar);
    }

    [Theory]
    [InlineData("a%0D%0ASet-Cookie:%20x=y%0D%0A.png")]
    [InlineData("a%22;%20filename=b.exe%22.png")]
    [InlineData("%E2%80%A8%00%1B%5B2J.png")]
    [InlineData("..%5C..%2Fetc%2Fpasswd")]
    public async Task No_file_name_adds_to_a_header(string name)
    {
        var bytes = Unique();
        using var uploaded = await api.Client.PostBytesAsync($"/v1/assets?filename={name}", bytes, "image/png");
        foreach (var query in new[] { "", "?filename=" + name })
        {
            using var got = await api.Client.GetAsync(uploaded.Headers.Location + query);
            Assert.Equal(HttpStatusCode.OK, got.StatusCode);
            Assert.False(got.Headers.Contains("Set-Cookie"));
            var disposition = got.Content.Headers.NonValidated["Content-Disposition"].ToString();
            Assert.DoesNotContain(disposition, letter => char.IsControl(letter) || letter is '/' or '\\' or > '~');
            Assert.Equal(["filename", "filename*"], got.Content.Headers.ContentDisposition!.Parameters.Select(parameter => parameter.Name)); // Nobody's third.
        }
    }

    [Fact]
    public async Task What_a_process_stored_that_ended_before_it_was_registered_is_swept()
    {
        await using var host = await ApiHost.StartAsync(
            api.Redis.ConnectionString,
            add: services => services.AddSingleton<IBlobStore>(provider => new EndsAfterStoring(provider.GetRequiredService<ArrivingBlobs>())));
        var bytes = Unique();
        using var uploaded = await host.Client.PostBytesAsync("/v1/assets", bytes, "image/png");
        await uploaded.ProblemAsync(503, "store_unavailable");
        var registry = host.Services.GetRequiredService<AssetRegistry>();
        Assert.Null(await registry.FindAsync(Hex(bytes), touch: false, default));
        Assert.True(await host.Blobs.ExistsAsync(Hex(bytes), default));
        Assert.DoesNotContain(Hex(bytes), await registry.MarkUnusedAsync(TimeSpan.FromDays(1), 1000, default));
        Assert.Contains(Hex(bytes), await registry.MarkUnusedAsync(TimeSpan.Zero, 1000, default)); // A day later its bytes are deleted.
        await registry.UnmarkAsync(Hex(bytes), default);
    }

    // As a process that is killed between the two steps of an upload.
    private sealed class EndsAfterStoring(IBlobStore store) : IBlobStore
    {
        public async Task<StoredBlob> StoreAsync(Stream content, long limit, CancellationToken cancellation, Func<string, Task>? named = null)
        {
            await store.StoreAsync(content, limit, cancellation, named);
            throw new BlobStoreUnavailableException("killed", new IOException());
        }

        public Task<Stream?> OpenAsync(string hex, CancellationToken cancellation) => store.OpenAsync(hex, cancellation);

        public Task<string?> PathAsync(string hex, CancellationToken cancellation) => store.PathAsync(hex, cancellation);

        public Task<bool> ExistsAsync(string hex, CancellationToken cancellation) => store.ExistsAsync(hex, cancellation);

        public Task DeleteAsync(string hex, CancellationToken cancellation) => store.DeleteAsync(hex, cancellation);
    }

    private async Task<HttpResponseMessage> PutAsync(byte[] bytes, string hex, string? digest)
    {
        using var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        if (digest is not null)
            content.Headers.TryAddWithoutValidation("Content-Digest", digest);
        return await api.Client.PutAsync($"/v1/assets/sha256/{hex}", content);
    }

    private static byte[] Unique() => RandomNumberGenerator.GetBytes(3000);

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    private static string Id(byte[] bytes) => AssetId.Of(Hex(bytes));

    private static string Digest(byte[] bytes) => $"sha-256=:{Convert.ToBase64String(SHA256.HashData(bytes))}:";
}
