using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Workers.Testing;

namespace Workers.Server.Tests;

/// <summary>A Redis behind TLS: used where its certificate is trusted and names it, refused with the reason where not. Real servers.</summary>
public sealed class RedisTlsTests : IDisposable
{
    private const string Password = "a password of this test";

    private readonly TempFolder folder = new();
    private readonly int port = TestPorts.Free();
    private readonly TestRedis redis;

    public RedisTlsTests()
    {
        WriteCertificate("redis");
        WriteCertificate("other");
        redis = TestRedis.Start(
            TestDurability.None, "--tls-port", port.ToString(CultureInfo.InvariantCulture), "--tls-auth-clients", "no", "--tls-cert-file", folder.Below("redis.crt"),
            "--tls-key-file", folder.Below("redis.key"), "--tls-ca-cert-file", folder.Below("redis.crt"));
        redis.Command("CONFIG", "SET", "requirepass", Password);
    }

    [Fact]
    public async Task A_trusted_certificate_of_the_right_name_is_all_it_takes()
    {
        await using var server = Launch("redis.crt", "localhost", Password);
        await server.BecomesReadyAsync();
        await server.EngineIsAvailableAsync("testcard");
        var job = await server.EndAsync(await server.SubmitAsync("testcard", "render", new JsonObject { ["width"] = 16, ["height"] = 16 }));
        Assert.Equal("succeeded", (string?)job["state"]);
    }

    [Theory]
    [InlineData("other.crt", "localhost", Password, "certificate is not accepted for the name localhost")]
    [InlineData("redis.crt", "elsewhere", Password, "certificate is not accepted for the name elsewhere")]
    [InlineData("redis.crt", "localhost", "another password", "WRONGPASS")]
    public async Task What_is_wrong_with_certificate_name_or_password_is_said(string trusted, string name, string password, string reason)
    {
        await using var server = Launch(trusted, name, password);
        await server.ExitAsync();
        Assert.NotEqual(0, server.ExitCode);
        await Eventually.HoldsAsync(() => server.Output.Contains(reason, StringComparison.Ordinal), $"it says {reason}: {server.Output}");
        Assert.DoesNotContain(password, server.Output, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        redis.Dispose();
        folder.Dispose();
    }

    private ServerProcess Launch(string trusted, string name, string password)
    {
        var engines = new JsonObject { ["blender"] = null, ["plot"] = null, ["testcard"] = new JsonObject { ["workers"] = 1 } };
        File.WriteAllText(folder.Below("workers.json"), new JsonObject { ["engines"] = engines }.ToJsonString());
        var connection = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port},ssl=true,sslHost={name},password={password}");
        return ServerProcess.LaunchTrusting(
            folder.Below(trusted), folder.Below("data"), "--role", "all", "--redis", connection, "--config", folder.Below("workers.json"));
    }

    private void WriteCertificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(folder.Below(name + ".crt"), certificate.ExportCertificatePem());
        File.WriteAllText(folder.Below(name + ".key"), key.ExportPkcs8PrivateKeyPem());
    }
}
