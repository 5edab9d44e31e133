using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Workers.Node.Runtime;

namespace Workers.Node.Protocol;

/// <summary>
/// Where workers connect back: one Unix socket for the node (loopback TCP where there are none). A connection proves by a one-time token which
/// worker it is; whoever cannot is told so and closed.
/// </summary>
internal sealed partial class WorkerListener : IAsyncDisposable
{
    /// <summary>The one version this node speaks.</summary>
    public const int Version = 1;

    // A program that connects and says nothing holds one of these places for at most HelloLimit.
    private const int MaxHandshakes = 64;
    private static readonly TimeSpan HelloLimit = TimeSpan.FromSeconds(10);

    private readonly Socket socket;
    private readonly ILogger<WorkerListener> logger;
    private readonly CancellationTokenSource closing = new();
    private readonly Lock gate = new();
    private readonly List<ExpectedWorker> expected = [];
    private readonly OwnedTasks handshakes = new();
    private readonly Task accepting;

    private WorkerListener(Socket socket, string address, ILogger<WorkerListener> logger)
    {
        this.socket = socket;
        this.logger = logger;
        Address = address;
        accepting = AcceptAsync();
    }

    /// <summary>What workers get as <c>WORKERS_CONNECT</c>.</summary>
    public string Address { get; }

    /// <summary>Listens.</summary>
    /// <param name="path">Path of the socket, at most about 100 bytes; only this user can reach it.</param>
    /// <param name="logger">Log.</param>
    public static WorkerListener Start(string path, ILogger<WorkerListener> logger)
    {
        if (!Socket.OSSupportsUnixDomainSockets)
            return StartTcp(logger);
        File.Delete(path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            socket.Listen(MaxHandshakes);
            return new WorkerListener(socket, "unix:" + path, logger);
        }
        catch (ArgumentOutOfRangeException error)
        {
            socket.Dispose();
            throw new InvalidOperationException($"The socket path {path} is too long (about 107 bytes at most): use a shorter --runtime.", error);
        }
    }

    /// <summary>Loopback TCP; public for the test of it.</summary>
    public static WorkerListener StartTcp(ILogger<WorkerListener> logger)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen(MaxHandshakes);
        return new WorkerListener(socket, $"tcp:127.0.0.1:{((IPEndPoint)socket.LocalEndPoint!).Port}", logger);
    }

    /// <summary>Makes a token for a worker that is about to be started; dispose it when the worker came or is given up.</summary>
    public ExpectedWorker Expect(string worker)
    {
        var expectation = new ExpectedWorker(worker, Forget);
        lock (gate) expected.Add(expectation);
        return expectation;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        socket.Dispose();
        await accepting;
        await handshakes.WhenAllAsync();
        closing.Dispose();
    }

    private void Forget(ExpectedWorker expectation)
    {
        lock (gate) expected.Remove(expectation);
    }

    private async Task AcceptAsync()
    {
        while (!closing.IsCancellationRequested)
        {
            try
            {
                var connection = await socket.AcceptAsync(closing.Token);
                Own(connection);
            }
            catch (SocketException error)
            {
                LogAcceptFailed(error);
                await Task.WhenAny(Task.Delay(100, closing.Token)); // Out of file handles, most likely: they come back.
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private void Own(Socket connection)
    {
        if (handshakes.Count >= MaxHandshakes)
            connection.Dispose();
        else
            handshakes.Add(ShakeHandsAsync(new NetworkStream(connection, ownsSocket: true)));
    }

    private async Task ShakeHandsAsync(NetworkStream stream)
    {
        var reader = new FrameReader(stream);
        var writer = new FrameWriter(stream);
        var taken = false;
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(closing.Token);
            limit.CancelAfter(HelloLimit);
            taken = await GreetAsync(stream, reader, writer, limit.Token);
        }
        catch (Exception error) when (error is ProtocolException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            LogHandshakeFailed(error);
        }
        finally
        {
            if (!taken)
            {
                await reader.DisposeAsync();
                writer.Dispose();
                await stream.DisposeAsync();
            }
        }
    }

    private async Task<bool> GreetAsync(NetworkStream stream, FrameReader reader, FrameWriter writer, CancellationToken limit)
    {
        var frame = await reader.ReadAsync(limit);
        if (frame is null)
            return false;
        if (frame.Method != Methods.Hello || frame.Params is not { } parameters)
        {
            await writer.ErrorAsync(frame.Id, new RpcError(ErrorCodes.InvalidRequest, "The first frame must be a hello."), limit);
            return false;
        }

        var hello = ReadHello(parameters);
        if (Take(hello.Token) is not { } expectation)
        {
            await writer.ErrorAsync(frame.Id, new RpcError(ErrorCodes.WrongToken, "No worker is expected with this token."), limit);
            return false;
        }

        if (hello.Protocol.Min > Version || hello.Protocol.Max < Version)
        {
            var message = $"The worker speaks protocol {hello.Protocol.Min} to {hello.Protocol.Max}, this node {Version}.";
            await writer.ErrorAsync(frame.Id, new RpcError(ErrorCodes.NoCommonVersion, message), limit);
            expectation.Refuse(new ProtocolException(message));
            return false;
        }

        await writer.ReplyAsync(frame.Id, new HelloReply(Version, expectation.Worker, FrameReader.Limit), ProtocolJson.Default.HelloReply, limit);
        return expectation.Arrive(hello, new WorkerConnection(stream, reader, writer));
    }

    private static Hello ReadHello(JsonElement parameters)
    {
        try
        {
            var hello = parameters.Deserialize(ProtocolJson.Default.Hello) ?? throw new JsonException("null is no hello.");
            if (hello.Functions.FirstOrDefault(function => function.Input.ValueKind != JsonValueKind.Object) is { } wrong)
                throw new JsonException($"The input schema of {wrong.Name} is no object.");
            return hello;
        }
        catch (JsonException error)
        {
            throw new ProtocolException($"A hello is not what the protocol says: {error.Message}", error);
        }
    }

    // Looks at every token whatever it finds, so that the time taken tells nothing.
    private ExpectedWorker? Take(string token)
    {
        var offered = Encoding.UTF8.GetBytes(token);
        lock (gate)
        {
            ExpectedWorker? found = null;
            foreach (var candidate in expected)
            {
                if (CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(candidate.Token), offered))
                    found = candidate;
            }

            if (found is not null)
                expected.Remove(found);
            return found;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Could not accept a worker's connection")]
    private partial void LogAcceptFailed(Exception error);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A connection to the workers' socket said no valid hello")]
    private partial void LogHandshakeFailed(Exception error);
}

/// <summary>A worker that was started and has not said hello yet.</summary>
internal sealed class ExpectedWorker(string worker, Action<ExpectedWorker> forget) : IDisposable
{
    private readonly TaskCompletionSource<(Hello, WorkerConnection)> arrival = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The worker's id.</summary>
    public string Worker { get; } = worker;

    /// <summary>Its one-time token, 128 random bits in hex.</summary>
    public string Token { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>Ends when it has said hello.</summary>
    public Task<(Hello Hello, WorkerConnection Connection)> Arrived => arrival.Task;

    /// <summary>It came; false when nobody waits for it any more.</summary>
    public bool Arrive(Hello hello, WorkerConnection connection) => arrival.TrySetResult((hello, connection));

    /// <summary>It came and cannot be used.</summary>
    public void Refuse(Exception reason) => arrival.TrySetException(reason);

    /// <summary>Its token is void from now on. A connection that came and was not taken is left to whoever awaited <see cref="Arrived"/>.</summary>
    public void Dispose()
    {
        forget(this);
        arrival.TrySetCanceled();
    }
}
