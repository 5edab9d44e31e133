using System.Net;
using System.Net.Http.Headers;
using Workers.Api.Http;
using Workers.Jobs.Assets;
using Workers.Jobs.Configuration;

namespace Workers.Api.Fetching;

/// <summary>What a server sent; dispose it to give the connection back.</summary>
/// <param name="Response">The response.</param>
/// <param name="Body">Its bytes; null: what is known is still what it would send.</param>
/// <param name="Name">The file's name as the server or the URL tells it.</param>
/// <param name="Url">The last URL of the redirects.</param>
internal sealed record FetchedFile(HttpResponseMessage Response, Stream? Body, string? Name, Uri Url) : IDisposable
{
    /// <summary>What the server says the bytes are.</summary>
    public string? ContentType => Response.Content.Headers.ContentType?.ToString();

    /// <summary>How to ask next time whether they changed.</summary>
    public (string? ETag, DateTimeOffset? LastModified) Validators => (Response.Headers.ETag?.ToString(), Response.Content.Headers.LastModified);

    /// <inheritdoc/>
    public void Dispose() => Response.Dispose();
}

/// <summary>
/// Gets URLs over HTTP: no proxy, no cookies, no credentials, nothing decompressed; every redirect is checked as the first URL was.
/// </summary>
internal sealed class UrlFetcher : IDisposable
{
    private const int HeaderKilobytes = 32;
    private static readonly TimeSpan KeepConnection = TimeSpan.FromSeconds(30);

    private readonly FetchSettings settings;
    private readonly FetchRules rules;
    private readonly long mostBytes;
    private readonly HttpClient client;

    /// <summary>Prepares it; connects to nobody.</summary>
    public UrlFetcher(ServerSettings settings, FetchRules rules, HostResolver resolve)
    {
        (this.settings, this.rules) = (settings.Fetch, rules);
        mostBytes = Math.Min(settings.Fetch.MaxBytes, settings.UploadBytes);
        var connector = new PinnedConnector(rules, resolve);
        client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = (context, cancellation) => connector.ConnectAsync(context.DnsEndPoint, cancellation),
            SslOptions = CertificateRules.Options(settings.Fetch.CaFile),
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            Credentials = null,
            ActivityHeadersPropagator = null, // A stranger learns nothing of our traces.
            MaxResponseHeadersLength = HeaderKilobytes,
            MaxResponseDrainSize = 0,
            PooledConnectionIdleTimeout = KeepConnection,
            PooledConnectionLifetime = KeepConnection,
        }) { Timeout = Timeout.InfiniteTimeSpan }; // The token brings the limit: it holds for the body too.
    }

    /// <summary>Sends the request, and follows where it leads.</summary>
    /// <param name="url">Checked already.</param>
    /// <param name="known">What is known of it; null asks for the bytes whatever they are.</param>
    /// <param name="cancellation">Must end at some time.</param>
    /// <exception cref="FetchException">Refused on the way, or not delivered.</exception>
    public async Task<FetchedFile> GetAsync(Uri url, FetchedUrl? known, CancellationToken cancellation)
    {
        var at = url;
        for (var redirects = 0; ; redirects++)
        {
            var response = await SendAsync(at, known, cancellation);
            try
            {
                if (Target(at, response) is not { } next)
                    return Taken(response, url, at, known, await response.Content.ReadAsStreamAsync(cancellation));
                if (redirects == settings.Redirects)
                    throw FetchException.Failed($"'{url.IdnHost}' redirects more than {settings.Redirects} times.");
                if (rules.Check(next) is { } wrong)
                    throw FetchException.Refused($"'{at.IdnHost}' redirects to another URL, which is not fetched: {wrong}");
                response.Dispose();
                at = next;
            }
            catch
            {
                response.Dispose();
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private async Task<HttpResponseMessage> SendAsync(Uri url, FetchedUrl? known, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("workers-server", "1"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("*/*"));
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        // A validator belongs to the URL that gave it, not to one that leads there today.
        if (known?.Final == FetchedUrl.Key(url))
        {
            if (known.ETag is { } tag)
                request.Headers.TryAddWithoutValidation("If-None-Match", tag);
            else
                request.Headers.IfModifiedSince = known.LastModified;
        }

        try
        {
            return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        }
        catch (HttpRequestException error)
        {
            throw Refusal(error) ?? FetchException.Failed(
                error.HttpRequestError == HttpRequestError.SecureConnectionError
                    ? $"'{url.IdnHost}' shows no certificate that is trusted here for this name."
                    : $"'{url.IdnHost}' gave no answer that is HTTP ({error.HttpRequestError}).",
                error);
        }
    }

    // What the connector said is wrapped on its way here.
    private static FetchException? Refusal(Exception error)
    {
        for (var inner = error.InnerException; inner is not null; inner = inner.InnerException)
        {
            if (inner is FetchException told)
                return told;
        }

        return null;
    }

    private static Uri? Target(Uri at, HttpResponseMessage response)
    {
        if (response.StatusCode is not (HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
            or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect))
            return null;
        return response.Headers.Location is { } location && Uri.TryCreate(at, location, out var target)
            ? target
            : throw FetchException.Failed($"'{at.IdnHost}' redirects without saying where to.");
    }

    private FetchedFile Taken(HttpResponseMessage response, Uri asked, Uri at, FetchedUrl? known, Stream body)
    {
        var content = response.Content.Headers;
        if (response.StatusCode == HttpStatusCode.NotModified && known is not null)
            return new FetchedFile(response, null, null, at);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw new FetchException(Problems.ProblemKinds.UrlFailed, $"'{at.IdnHost}' answered {(int)response.StatusCode}, not the file.")
            {
                Retryable = (int)response.StatusCode is >= 500 or 429 or 408,
            };
        }

        if (content.ContentEncoding.Any(encoding => encoding != "identity"))
            throw FetchException.Failed($"'{at.IdnHost}' sends the file as {string.Join(", ", content.ContentEncoding)}, which it was asked not to.");
        if (content.ContentLength > mostBytes)
            throw FetchedBody.TooLarge(at.IdnHost, mostBytes);
        var disposition = content.NonValidated.TryGetValues("Content-Disposition", out var values) ? values.ToString() : null;
        var name = FileNames.OfDisposition(disposition) ?? NameOf(asked) ?? NameOf(at);
        return new FetchedFile(response, new FetchedBody(body, at.IdnHost, mostBytes), name, at);
    }

    // The last part of a path is a file's name where it has an extension.
    private static string? NameOf(Uri url)
    {
        var name = FileNames.Sanitize(Uri.UnescapeDataString(url.AbsolutePath));
        return FileNames.Extension(name) is null ? null : name;
    }
}
