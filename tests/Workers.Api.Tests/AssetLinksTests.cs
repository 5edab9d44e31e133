using System.Security.Cryptography;
using Microsoft.Extensions.DependencyInjection;
using Workers.Api.Tests.Support;
using Workers.Jobs.Assets;

namespace Workers.Api.Tests;

/// <summary>GET /v1/assets?uses= and ?missing=true.</summary>
public sealed class AssetLinksTests(ApiFixture api) : IClassFixture<ApiFixture>
{
    [Fact]
    public async Task Assets_are_listed_by_what_they_name_and_miss_page_by_page()
    {
        var links = api.Host.Services.GetRequiredService<LinkIndex>();
        var uploaded = new List<string>();
        for (var number = 0; number < 5; number++)
        {
            var bytes = RandomNumberGenerator.GetBytes(100);
            var asset = (string)(await (await api.Client.PostBytesAsync($"/v1/assets?filename={number}.blend", bytes, null)).JsonAsync())["asset"]!;
            uploaded.Add(asset);
            await links.IndexAsync(
                "j", new LinkSubject(LinkSubject.Asset, AssetId.Hex(asset)),
                [new FileLink("oak.png", "image", "textures/Oak.png", Missing: number % 2 == 0), new FileLink("base.blend", "library", "base.blend", Missing: true)],
                CancellationToken.None);
            await Task.Delay(2); // Redis' clock, by which they are ordered, counts milliseconds.
        }

        uploaded.Reverse();
        var listed = new List<string>();
        var pages = 0;
        for (string? page = ""; page is not null; pages++)
        {
            var list = await (await api.Client.GetAsync($"/v1/assets?uses=textures/oak.png&pageSize=2&pageToken={page}")).JsonAsync();
            listed.AddRange(list["assets"]!.AsArray().Select(asset => (string)asset!["asset"]!));
            page = (string?)list["nextPageToken"];
        }

        Assert.Equal(uploaded, listed);
        Assert.Equal(3, pages);
        var missing = await (await api.Client.GetAsync("/v1/assets?uses=oak.png&missing=true")).JsonAsync();
        Assert.Equal([uploaded[0], uploaded[2], uploaded[4]], missing["assets"]!.AsArray().Select(asset => (string?)asset!["asset"]));
        Assert.Equal("""[{"kind":"image","path":"textures/Oak.png","missing":true}]""", missing["assets"]![0]!["links"]!.ToJsonString());
        var lacking = await (await api.Client.GetAsync("/v1/assets?missing=true&name=1.blend")).JsonAsync();
        Assert.Equal((uploaded[3], "base.blend"), ((string?)lacking["assets"]![0]!["asset"], (string?)lacking["assets"]![0]!["links"]![0]!["path"]));
        Assert.Empty((await (await api.Client.GetAsync("/v1/assets?uses=other/oak.png")).JsonAsync())["assets"]!.AsArray());

        await api.Client.DeleteAsync($"/v1/assets/sha256/{AssetId.Hex(uploaded[0])}");
        Assert.Equal(4, (await (await api.Client.GetAsync("/v1/assets?uses=oak.png")).JsonAsync())["assets"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("missing=false")]
    [InlineData("missing=maybe")]
    [InlineData("uses=")]
    [InlineData("uses=a/")]
    [InlineData("uses=a&pageSize=-1")]
    [InlineData("uses=a&pageToken=!")]
    public async Task A_question_that_has_no_answer_is_400(string query)
    {
        using var answer = await api.Client.GetAsync("/v1/assets?" + query);
        await answer.ProblemAsync(400, "malformed_request");
    }
}
