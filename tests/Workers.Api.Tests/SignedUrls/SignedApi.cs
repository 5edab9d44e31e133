using System.Net;
using System.Net.Sockets;
using System.Text;
using Workers.Api.Tests.Support;
using Workers.Contracts;
using Workers.Jobs.Configuration;
using Workers.Jobs.Nodes;

namespace Workers.Api.Tests.SignedUrls;

/// <summary>With API keys, of which signed URLs need none, and two keys of URLs.</summary>
public sealed class SignedApi : ApiFixture
{
    internal const string Newer = "newer-newer-newer-newer-newer-newer-newer";
    internal const string Older = "older-older-older-older-older-older-older";
    private int names;

    private TempFolder Roots { get; } = new();

    internal string RootFile => Roots.Below("chair.blend");

    private protected override EngineReport[] Engines =>
        [NodeActor.Engine("testcard", NodeActor.Render(), NodeActor.Inspect()), NodeActor.Engine("blender", NodeActor.FileRender())];

    public override async Task InitializeAsync()
    {
        await File.WriteAllBytesAsync(RootFile, FileApi.Blend);
        await base.InitializeAsync();
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        Roots.Dispose();
    }

    private protected override ServerSettings Change(ServerSettings settings) => Keyed(settings) with
    {
        UrlKeys = [new UrlKey("k2", Newer), new UrlKey("k1", Older)],
        Roots = new Dictionary<string, string> { ["models"] = Roots.FullPath },
    };

    internal static ServerSettings Keyed(ServerSettings settings) => settings with
    {
        Keys = [new ApiKey("boss", Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("key-of-boss"u8)), "admin")],
    };

    /// <summary>Stores a template with the administrator's key.</summary>
    internal async Task<string> StoreAsync(string? definition = null, string? name = null)
    {
        name ??= $"s{Interlocked.Increment(ref names)}";
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/v1/templates/{name}")
        {
            Content = new StringContent(definition ?? Templates.TemplateApi.Card, Encoding.UTF8, "application/json"),
            Headers = { Authorization = new("Bearer", "key-of-boss") },
        };
        using var response = await Client.SendAsync(request);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return name;
    }

    /// <summary>Signs with the newer key.</summary>
    internal static string Sign(
        string template, string parameters = "", int? version = null, long? expires = null, string extension = "png", string key = "k2",
        string secret = Newer) =>
        new SignedUrl
        {
            KeyId = key, Template = template, Version = version, Expires = expires, Extension = extension,
            Parameters = parameters.Split('&', StringSplitOptions.RemoveEmptyEntries).ToDictionary(pair => pair.Split('=')[0], pair => pair.Split('=')[1]),
        }.Sign(secret);

    /// <summary>Signs a path just as it is written.</summary>
    internal static string SignRaw(string signedPart, string secret = Newer) =>
        SignedUrl.Prefix + SignedUrl.Signature(Encoding.UTF8.GetBytes(secret), signedPart) + signedPart;

    /// <summary>Sends a target as it is, which HttpClient would tidy up before, and gives the status.</summary>
    internal async Task<int> StatusAsync(string target, string host = "localhost")
    {
        using var connection = new TcpClient();
        await connection.ConnectAsync(IPAddress.Loopback, Client.BaseAddress!.Port).WaitAsync(Eventually.Limit);
        var stream = connection.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes($"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
        using var reader = new StreamReader(stream, Encoding.Latin1);
        var line = await reader.ReadLineAsync().WaitAsync(Eventually.Limit);
        return int.Parse(line!.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Asks for a picture, makes it, and gives both.</summary>
    internal async Task<(HttpResponseMessage Response, Job Job)> MadeAsync(string path, params (string Name, string Value)[] headers)
    {
        var call = Client.SendAsync(HttpMethod.Get, path, headers);
        var job = await Node.RunOneAsync();
        return (await call, job);
    }
}
