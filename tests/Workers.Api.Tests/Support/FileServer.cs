using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Workers.Api.Tests.Support;

/// <summary>A web server somewhere, with a certificate of its own for files.test, that behaves well under /files and badly elsewhere.</summary>
internal sealed class FileServer : IAsyncDisposable
{
    public const string Name = "files.test";

    private readonly TempFolder folder = new();
    private readonly X509Certificate2 certificate = SelfSigned();
    private readonly WebApplication app;

    private FileServer()
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate));
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        app = builder.Build();
        app.Run(AnswerAsync);
    }

    /// <summary>Files by path, with their ETag.</summary>
    public ConcurrentDictionary<string, (byte[] Bytes, string? ETag)> Files { get; } = new();

    /// <summary>Every request so far: path, status, and the cookie or authorization it came with.</summary>
    public ConcurrentQueue<(string Path, int Status, string Secrets)> Answers { get; } = new();

    /// <summary>Done when somebody asks for /held, which is answered when <see cref="Release"/> is.</summary>
    public TaskCompletionSource Held { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Lets /held be answered.</summary>
    public TaskCompletionSource Release { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string CaFile => folder.Below("ca.pem");

    public int Port { get; private set; }

    public int PlainPort { get; private set; }

    public static async Task<FileServer> StartAsync()
    {
        var server = new FileServer();
        await File.WriteAllTextAsync(server.CaFile, server.certificate.ExportCertificatePem());
        await server.app.StartAsync();
        var ports = server.app.Urls.Select(url => new Uri(url)).ToList();
        (server.Port, server.PlainPort) = (ports.Single(url => url.Scheme == "https").Port, ports.Single(url => url.Scheme == "http").Port);
        return server;
    }

    public string Url(string path, string host = Name) => $"https://{host}:{Port}{path}";

    public int Count(string path, int status) => Answers.Count(answer => answer.Path == path && answer.Status == status);

    public async ValueTask DisposeAsync()
    {
        using (var limit = new CancellationTokenSource(Eventually.Limit))
            await app.StopAsync(limit.Token);
        await app.DisposeAsync();
        certificate.Dispose();
        folder.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var path = request.Path.Value!;
        if (Files.TryGetValue(path, out var file))
            await FileAsync(request, response, file);
        else if (path == "/endless")
            await EndlessAsync(context);
        else if (path == "/held")
            await HeldAsync(context);
        else if (path == "/trickle")
            await TrickleAsync(context);
        else if (path == "/silent")
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        else if (path == "/short")
            await ShortAsync(context);
        else if (path == "/packed")
            await PackedAsync(response);
        else if (path == "/away")
            response.Redirect(request.Query["to"]!);
        else if (path == "/loop")
            response.Redirect("/loop");
        else
            response.StatusCode = 404;
        Answers.Enqueue((path, response.StatusCode, $"{request.Headers.Cookie}{request.Headers.Authorization}{request.Headers["traceparent"]}"));
    }

    private static async Task FileAsync(HttpRequest request, HttpResponse response, (byte[] Bytes, string? ETag) file)
    {
        response.Headers.SetCookie = "session=secret; Path=/";
        response.Headers.Connection = "close"; // Each request looks its host up anew.
        if (file.ETag is { } tag)
        {
            response.Headers.ETag = tag;
            if (request.Headers.IfNoneMatch == tag)
            {
                response.StatusCode = 304;
                return;
            }
        }

        response.ContentLength = file.Bytes.Length;
        await response.Body.WriteAsync(file.Bytes);
    }

    private static async Task EndlessAsync(HttpContext context)
    {
        var block = new byte[16 * 1024];
        while (!context.RequestAborted.IsCancellationRequested)
            await context.Response.Body.WriteAsync(block, CancellationToken.None);
    }

    private async Task HeldAsync(HttpContext context)
    {
        Held.TrySetResult();
        await Release.Task.WaitAsync(context.RequestAborted);
        await context.Response.WriteAsync("BLENDER-v304 at last");
    }

    // A byte from time to time: never silent, never done.
    private static async Task TrickleAsync(HttpContext context)
    {
        while (!context.RequestAborted.IsCancellationRequested)
        {
            await context.Response.Body.WriteAsync("B"u8.ToArray(), CancellationToken.None);
            await context.Response.Body.FlushAsync(CancellationToken.None);
            await Task.Delay(20, CancellationToken.None);
        }
    }

    private static async Task ShortAsync(HttpContext context)
    {
        context.Response.ContentLength = 10_000;
        await context.Response.Body.WriteAsync(new byte[4_000]);
        await context.Response.Body.FlushAsync();
        context.Abort();
    }

    private static async Task PackedAsync(HttpResponse response)
    {
        response.Headers.ContentEncoding = "gzip";
        await response.Body.WriteAsync(new byte[] { 0x1F, 0x8B, 8, 0 });
    }

    private static X509Certificate2 SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={Name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
