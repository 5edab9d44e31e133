using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Workers.Bench.Setup;

/// <summary>An HTTP client with as little of its own as can be: connections kept, bodies made beforehand, nothing logged.</summary>
internal sealed class LeanClient(Uri address) : IDisposable
{
    private readonly HttpMessageInvoker http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(10),
    });

    /// <summary>The same for pictures whose render is measured: none comes out of the cache.</summary>
    public Task<double> RenderAsync(string path, byte[] body, CancellationToken cancellation) =>
        PictureAsync(path, body, cancellation, new CacheControlHeaderValue { NoStore = true });

    /// <summary>Calls a function that answers a picture and reads all of it.</summary>
    /// <param name="path">The function's route.</param>
    /// <param name="body">Its input, JSON.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="cache">What is said about stored results; null: nothing.</param>
    /// <returns>Seconds from sending to the picture's last byte.</returns>
    public async Task<double> PictureAsync(string path, byte[] body, CancellationToken cancellation, CacheControlHeaderValue? cache = null)
    {
        using var request = Request(HttpMethod.Post, path, body);
        request.Headers.CacheControl = cache;
        var began = Stopwatch.GetTimestamp();
        using var response = await http.SendAsync(request, cancellation);
        var picture = await response.Content.ReadAsByteArrayAsync(cancellation);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        if (response.StatusCode != HttpStatusCode.OK || response.Content.Headers.ContentType?.MediaType != "image/png")
            throw new InvalidOperationException($"POST {path} was answered {(int)response.StatusCode}: {Encoding.UTF8.GetString(picture)}");
        return seconds;
    }

    /// <summary>Draws a testcard of 64 px.</summary>
    public Task<double> CardAsync(long seed, CancellationToken cancellation) =>
        PictureAsync("/v1/engines/testcard/functions/render", Card(seed), cancellation);

    /// <summary>The body that asks for a testcard of 64 px.</summary>
    public static byte[] Card(long seed) =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"width":64,"height":64,"seed":{{seed}}}"""));

    /// <summary>A JSON document.</summary>
    public async Task<JsonElement> GetAsync(string path, CancellationToken cancellation)
    {
        using var request = Request(HttpMethod.Get, path, null);
        return await JsonAsync(request, cancellation);
    }

    /// <summary>A text.</summary>
    public async Task<string> TextAsync(string path, CancellationToken cancellation)
    {
        using var request = Request(HttpMethod.Get, path, null);
        using var response = await http.SendAsync(request, cancellation);
        return await response.EnsureSuccessStatusCode().Content.ReadAsStringAsync(cancellation);
    }

    /// <summary>Whether a GET is answered with 200.</summary>
    public async Task<bool> AnswersAsync(string path, CancellationToken cancellation)
    {
        try
        {
            using var request = Request(HttpMethod.Get, path, null);
            using var response = await http.SendAsync(request, cancellation);
            return response.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>Posts JSON, or nothing; the answer is JSON.</summary>
    public async Task<JsonElement> PostAsync(string path, JsonNode? body, CancellationToken cancellation)
    {
        using var request = Request(HttpMethod.Post, path, body is null ? [] : Encoding.UTF8.GetBytes(body.ToJsonString()));
        return await JsonAsync(request, cancellation);
    }

    /// <summary>Puts JSON; the answer is JSON.</summary>
    public async Task<JsonElement> PutAsync(string path, JsonNode body, CancellationToken cancellation)
    {
        using var request = Request(HttpMethod.Put, path, Encoding.UTF8.GetBytes(body.ToJsonString()));
        return await JsonAsync(request, cancellation);
    }

    /// <summary>Posts text of a type; the answer is JSON.</summary>
    public async Task<JsonElement> PostTextAsync(string path, string text, string mediaType, CancellationToken cancellation)
    {
        using var request = Request(HttpMethod.Post, path, Encoding.UTF8.GetBytes(text), mediaType);
        return await JsonAsync(request, cancellation);
    }

    /// <summary>The bytes of an answer.</summary>
    public async Task<byte[]> BytesAsync(string path, CancellationToken cancellation)
    {
        using var request = Request(HttpMethod.Get, path, null);
        using var response = await http.SendAsync(request, cancellation);
        var bytes = await response.Content.ReadAsByteArrayAsync(cancellation);
        return response.StatusCode == HttpStatusCode.OK ? bytes
            : throw new InvalidOperationException($"GET {path} was answered {(int)response.StatusCode}: {Encoding.UTF8.GetString(bytes)}");
    }

    /// <summary>Uploads a file; the answer names the asset.</summary>
    public async Task<string> UploadAsync(string file, CancellationToken cancellation)
    {
        using var request = Request(
            HttpMethod.Post, "/v1/assets?filename=" + Path.GetFileName(file),
            await File.ReadAllBytesAsync(file, cancellation), "application/octet-stream");
        return (await JsonAsync(request, cancellation)).GetProperty("asset").GetString()!;
    }

    /// <summary>A job's server-sent events: kind, data, and when it was read (<see cref="Stopwatch"/> ticks).</summary>
    public async IAsyncEnumerable<(string Kind, JsonElement Data, long At)> EventsAsync(
        string job, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var request = Request(HttpMethod.Get, $"/v1/jobs/{job}/events", null);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        using var response = await http.SendAsync(request, cancellation);
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(cancellation))
            yield return (item.EventType, JsonElement.Parse(item.Data), Stopwatch.GetTimestamp());
    }

    public void Dispose() => http.Dispose();

    private HttpRequestMessage Request(HttpMethod method, string path, byte[]? body, string mediaType = "application/json")
    {
        var request = new HttpRequestMessage(method, new Uri(address, path));
        if (body is null) return request;
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        return request;
    }

    private async Task<JsonElement> JsonAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        using var response = await http.SendAsync(request, cancellation);
        var text = await response.Content.ReadAsStringAsync(cancellation);
        return response.IsSuccessStatusCode
            ? JsonElement.Parse(text)
            : throw new InvalidOperationException(
                $"{request.Method} {request.RequestUri?.PathAndQuery} was answered {(int)response.StatusCode}: {text}");
    }
}
