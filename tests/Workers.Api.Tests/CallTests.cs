using System.Net;
using Workers.Api.Tests.Support;

namespace Workers.Api.Tests;

/// <summary>Calls that wait.</summary>
public sealed class CallTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    private const string Render = "/v1/engines/testcard/functions/render";

    [Fact]
    public async Task A_call_answers_the_picture_with_everything_a_cache_and_a_person_want_to_know()
    {
        var call = api.Client.PostJsonAsync(Render, """{"width":64}""");
        var job = await api.Node.RunOneAsync();
        using var response = await call;

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("image/png", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(NodeActor.Picture, await response.Content.ReadAsByteArrayAsync());
        Assert.Equal(NodeActor.Picture.Length, response.Content.Headers.ContentLength);
        Assert.Equal(job.Id, response.Headers.GetValues("Job-Id").Single());
        Assert.False(response.Headers.ETag!.IsWeak);
        Assert.StartsWith("/v1/assets/sha256/", response.Content.Headers.ContentLocation!.ToString(), StringComparison.Ordinal);
        Assert.Contains("run;dur=250", response.Headers.GetValues("Server-Timing").Single(), StringComparison.Ordinal);
        Assert.Equal(["Prefer", "Accept"], response.Headers.Vary);
        Assert.Equal(64, (int?)job.Specification.Input["width"]);
        Assert.Equal("png", (string?)job.Specification.Input["format"]); // a default, filled in
    }
}
