using System.Net;
using Workers.Api.Tests.Support;
using Workers.Jobs.Configuration;

namespace Workers.Api.Tests;

/// <summary>Who may call, from where, and what a ticket opens.</summary>
public sealed class SecurityTests(SecuredApi api) : IClassFixture<SecuredApi>
{
    private const string Envelope = """{"engine":"testcard","function":"render"}""";

    [Theory]
    [InlineData("evil.example", 400)]
    [InlineData("localhost.evil.example", 400)]
    [InlineData("10.1.2.3", 400)]
    [InlineData("localhost", 200)]
    [InlineData("LOCALHOST:1234", 200)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("[::1]:8700", 200)]
    [InlineData("render.example", 200)]
    public async Task A_foreign_Host_is_400(string name, int status)
    {
        using var response = await api.Client.SendAsync(HttpMethod.Get, "/livez", ("Host", name));
        if (status == 200)
            response.EnsureSuccessStatusCode();
        else
            await response.ProblemAsync(400, "host_not_allowed");
    }

    [Fact]
    public async Task A_page_of_a_foreign_origin_may_not_write_and_a_named_one_may()
    {
        using var foreign = await api.Client.PostJsonAsync("/v1/jobs", Envelope, ("Origin", "https://evil.example"), Bearer("shop"));
        await foreign.ProblemAsync(403, "origin_not_allowed");
        using var named = await api.Client.PostJsonAsync("/v1/jobs", Envelope, ("Origin", "https://shop.example"), Bearer("shop"));
        Assert.Equal(HttpStatusCode.Accepted, named.StatusCode);
        Assert.Equal("https://shop.example", named.Headers.GetValues("Access-Control-Allow-Origin").Single());
        using var read = await api.Client.SendAsync(HttpMethod.Get, "/v1/status", ("Origin", "https://evil.example"), Bearer("reader"));
        Assert.False(read.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Theory]
    [InlineData("GET", "/v1/jobs", "none", 401)]
    [InlineData("GET", "/v1/jobs", "wrong", 401)]
    [InlineData("GET", "/v1/jobs", "reader", 200)]
    [InlineData("GET", "/metrics", "none", 401)]
    [InlineData("GET", "/v1/jobs/x/events?ticket=1.x", "none", 401)]
    [InlineData("POST", "/v1/jobs/x/cancel", "reader", 403)]
    [InlineData("POST", "/v1/jobs/x/cancel", "shop", 404)]
    [InlineData("POST", "/v1/engines/testcard/pause", "shop", 403)]
    [InlineData("POST", "/v1/engines/testcard/resume", "boss", 202)]
    [InlineData("GET", "/livez", "none", 200)]
    [InlineData("GET", "/readyz", "none", 200)]
    [InlineData("GET", "/openapi/v1.json", "none", 200)]
    [InlineData("GET", "/v1/nothing", "none", 404)]
    public async Task Each_route_asks_for_its_role(string method, string path, string who, int status)
    {
        using var response = who == "none"
            ? await api.Client.SendAsync(new HttpMethod(method), path)
            : await api.Client.SendAsync(new HttpMethod(method), path, Bearer(who));
        Assert.Equal(status, (int)response.StatusCode);
        if (status == 401)
        {
            await response.ProblemAsync(401, "unauthenticated");
            Assert.Equal("Bearer", response.Headers.WwwAuthenticate.Single().Scheme);
        }
        else if (status == 403)
        {
            await response.ProblemAsync(403, "forbidden");
        }
    }

    [Fact]
    public async Task Every_route_says_its_role()
    {
        var endpoints = (Microsoft.AspNetCore.Routing.EndpointDataSource)
            api.Host.Services.GetService(typeof(Microsoft.AspNetCore.Routing.EndpointDataSource))!;
        Assert.NotEmpty(endpoints.Endpoints);
        Assert.All(endpoints.Endpoints, endpoint => Assert.NotNull(endpoint.Metadata.GetMetadata<Security.RequiredRole>()));
        using var response = await api.Client.GetAsync("/v1/engines");
        await response.ProblemAsync(401, "unauthenticated");
    }

    [Fact]
    public async Task The_keys_name_is_the_jobs_client_and_its_ticket_opens_its_events_only()
    {
        using var submitted = await api.Client.PostJsonAsync("/v1/jobs", Envelope, Bearer("shop"));
        var job = await submitted.JobAsync(HttpStatusCode.Accepted);
        Assert.Equal("shop", (string?)job["client"]);
        await api.Node.RunOneAsync();

        var link = (string)job["links"]!["events"]!;
        using var events = await api.Client.GetAsync(link);
        Assert.Contains("event: succeeded", await events.Content.ReadAsStringAsync(), StringComparison.Ordinal);

        var ticket = link[(link.IndexOf('=', StringComparison.Ordinal) + 1)..];
        string[] forged =
        [
            $"/v1/jobs/other/events?ticket={ticket}",
            $"{link}x",
            $"/v1/jobs/{job["id"]}?ticket={ticket}",
            $"/v1/jobs/{job["id"]}/events?ticket=99999999999.{ticket.Split('.')[1]}",
        ];
        foreach (var path in forged)
        {
            using var refused = await api.Client.GetAsync(path);
            await refused.ProblemAsync(401, "unauthenticated");
        }
    }

    [Fact]
    public void A_malformed_key_stops_the_start()
    {
        var settings = new ServerSettings { Data = "x", Runtime = "x", NodeId = "n", Keys = [new ApiKey("a", "abcd", "read")] };
        Assert.Throws<FormatException>(() => new Security.ApiKeys(settings));
        Assert.Throws<FormatException>(() => new Security.ApiKeys(settings with { Keys = [new ApiKey("a", new string('0', 64), "god")] }));
    }

    private static (string, string) Bearer(string name) => ("Authorization", "Bearer key-of-" + name);
}
