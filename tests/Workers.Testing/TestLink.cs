using System.Net;
using System.Net.Sockets;

namespace Workers.Testing;

/// <summary>
/// A TCP link to a loopback port that can be cut without anybody being told: a frozen connection stays open and carries nothing, as when a
/// cable is pulled. New connections work.
/// </summary>
public sealed class TestLink : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource closing = new();
    private volatile int target;
    private readonly Func<byte[], byte[]>? rewriteReplies;
    private readonly Lock gate = new();
    private readonly List<TaskCompletionSource> frozen = [];
    private readonly List<Connection> connections = [];
    private readonly Task accepting;

    /// <summary>Opens it.</summary>
    /// <param name="target">Port that it leads to.</param>
    /// <param name="rewriteReplies">Changes what comes back, a chunk as it was received at a time.</param>
    public TestLink(int target, Func<byte[], byte[]>? rewriteReplies = null)
    {
        this.target = target;
        this.rewriteReplies = rewriteReplies;
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        accepting = AcceptAsync();
    }

    /// <summary>Where to connect, on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>New connections lead there from now on.</summary>
    public void Redirect(int port) => target = port;

    /// <summary>From now on the connections that exist carry nothing, in both directions.</summary>
    public void Freeze()
    {
        lock (gate)
        {
            foreach (var connection in connections)
                connection.Open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            frozen.AddRange(connections.Select(connection => connection.Open));
        }
    }

    /// <summary>Frozen connections go on, with all that was sent meanwhile.</summary>
    public void Thaw()
    {
        lock (gate)
        {
            foreach (var connection in frozen)
                connection.TrySetResult();
            frozen.Clear();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        listener.Stop();
        await accepting;
        Task[] pumps;
        lock (gate) pumps = [.. connections.Select(connection => connection.Pumps)];
        await Task.WhenAll(pumps);
        closing.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(closing.Token);
                if (await ConnectAsync() is not { } server)
                {
                    client.Dispose(); // As where nobody listens.
                    continue;
                }

                client.NoDelay = server.NoDelay = true;
                var connection = new Connection();
                lock (gate) connections.Add(connection);
                connection.Pumps = PumpBothAsync(connection, client, server);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Closed.
        }
    }

    private async Task<TcpClient?> ConnectAsync()
    {
        var server = new TcpClient();
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, target, closing.Token);
            return server;
        }
        catch (SocketException)
        {
            server.Dispose();
            return null;
        }
    }

    private async Task PumpBothAsync(Connection connection, TcpClient client, TcpClient server)
    {
        using (client)
        using (server)
        {
            var there = PumpAsync(connection, client.GetStream(), server.GetStream(), null);
            var back = PumpAsync(connection, server.GetStream(), client.GetStream(), rewriteReplies);
            await Task.WhenAny(there, back);
        }
    }

    private async Task PumpAsync(Connection connection, NetworkStream from, NetworkStream to, Func<byte[], byte[]>? rewrite)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReadAsync(buffer, closing.Token) is > 0 and var count)
            {
                await connection.Open.Task.WaitAsync(closing.Token);
                var chunk = buffer[..count];
                await to.WriteAsync(rewrite is null ? chunk : rewrite(chunk), closing.Token);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // One side is gone, so the other goes as well.
        }
    }

    private sealed class Connection
    {
        public Connection() => Open.SetResult();

        public TaskCompletionSource Open { get; set; } = new();

        public Task Pumps { get; set; } = Task.CompletedTask;
    }
}
