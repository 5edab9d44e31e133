using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace Workers.Testing;

/// <summary>A real server that speaks S3 (s3rver), with one bucket, in a folder of its own.</summary>
public sealed class S3Server : IDisposable
{
    private static readonly string Program = RepositoryPaths.Below("dist", "s3rver", "node_modules", ".bin", "s3rver");
    private readonly TempFolder folder = new();
    private readonly string address;
    private Process? process;

    /// <summary>Starts it on loopback and names its credentials, as a person would in the environment.</summary>
    public S3Server()
        : this("127.0.0.1")
    {
    }

    private S3Server(string address)
    {
        this.address = address;
        if (Missing is not null)
            return;
        Environment.SetEnvironmentVariable("AWS_ACCESS_KEY_ID", Secret);
        Environment.SetEnvironmentVariable("AWS_SECRET_ACCESS_KEY", Secret);
        Port = TestPorts.Free();
        Start();
    }

    /// <summary>Starts it where other machines, or namespaces, reach it.</summary>
    /// <param name="address">Where it listens.</param>
    public static S3Server At(string address) => new(address);

    /// <summary>Why tests against it are skipped, or null.</summary>
    public static string? Missing => File.Exists(Program) ? null : "s3rver is not installed (npm install s3rver, or make test where there is npm).";

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>How to reach it.</summary>
    public string Endpoint => string.Create(CultureInfo.InvariantCulture, $"http://{address}:{Port}");

    /// <summary>The bucket's name, and both of the credentials.</summary>
    public const string Bucket = "workers", Secret = "S3RVER";

    /// <summary>Files of the bucket.</summary>
    public IEnumerable<string> Files => Directory.EnumerateFiles(folder.Below(Bucket), "*", SearchOption.AllDirectories);

    /// <summary>Starts it (again) on the same port and folder.</summary>
    public void Start()
    {
        process = Process.Start(new ProcessStartInfo(Program,
        [
            "-d", folder.FullPath, "-a", address, "-p", Port.ToString(CultureInfo.InvariantCulture), "-s", "--no-vhost-buckets",
            "--configure-bucket", Bucket,
        ]))!;
        for (var until = Environment.TickCount64 + (long)Eventually.Limit.TotalMilliseconds; !Answers(); Thread.Sleep(50))
        {
            if (Environment.TickCount64 > until || process.HasExited)
                throw new InvalidOperationException("s3rver did not start.");
        }
    }

    /// <summary>Kills it.</summary>
    public void Kill()
    {
        process?.Kill(entireProcessTree: true);
        process?.WaitForExit();
        process?.Dispose();
        process = null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Kill();
        folder.Dispose();
    }

    private bool Answers()
    {
        try
        {
            using var client = new TcpClient(address, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
