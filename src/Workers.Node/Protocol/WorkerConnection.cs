using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Workers.Node.Protocol;

/// <summary>
/// JSON-RPC with one worker after its hello: requests with replies by id, notices to a handler. Always reading, whatever the node does meanwhile.
/// </summary>
internal sealed class WorkerConnection : IAsyncDisposable
{
    // A call, its cancel, and pings: more open requests than this is a fault of ours.
    private const int MaxPending = 64;

    private readonly Stream stream;
    private readonly FrameReader reader;
    private readonly FrameWriter writer;
    private readonly Lock gate = new();
    private readonly Dictionary<long, TaskCompletionSource<JsonElement>> pending = [];
    private readonly CancellationTokenSource closing = new();
    private Action<WorkerNotice> onNotice = _ => { };
    private Exception? ended;
    private long lastId;
    private Task? reading;

    /// <summary>Takes over a connection whose hello was answered.</summary>
    public WorkerConnection(Stream stream, FrameReader reader, FrameWriter writer)
    {
        this.stream = stream;
        this.reader = reader;
        this.writer = writer;
    }

    /// <summary>Ends with the connection, and gives why: a <see cref="ProtocolException"/> or <see cref="ConnectionEndedException"/>.</summary>
    public Task<Exception> Ended => endedSource.Task;

    private readonly TaskCompletionSource<Exception> endedSource = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Starts reading.</summary>
    /// <param name="handler">Called on the reading thread for each notice, in order; must be quick and must not throw.</param>
    public void Start(Action<WorkerNotice> handler)
    {
        onNotice = handler;
        reading = ReadAsync();
    }

    /// <summary>Sends a request and waits for its reply.</summary>
    /// <param name="method">The method.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="parametersType">How they are written.</param>
    /// <param name="resultType">How the result is read.</param>
    /// <param name="cancellation">Stops waiting; a reply that comes later is thrown away.</param>
    /// <param name="onId">Told the request's id before it is sent.</param>
    /// <exception cref="RpcException">The worker answered an error.</exception>
    /// <exception cref="ProtocolException">The worker broke the protocol.</exception>
    /// <exception cref="ConnectionEndedException">The connection has ended.</exception>
    public async Task<TResult> RequestAsync<TParameters, TResult>(
        string method,
        TParameters parameters,
        JsonTypeInfo<TParameters> parametersType,
        JsonTypeInfo<TResult> resultType,
        CancellationToken cancellation,
        Action<long>? onId = null)
    {
        var reply = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        var id = Register(reply);
        onId?.Invoke(id);
        try
        {
            await writer.RequestAsync(id, method, parameters, parametersType, cancellation);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            throw new ConnectionEndedException("The worker's connection broke.", error);
        }

        var result = await reply.Task.WaitAsync(cancellation);
        try
        {
            return result.Deserialize(resultType) ?? throw new JsonException("null is not a result.");
        }
        catch (JsonException error)
        {
            throw End(new ProtocolException($"The worker's result of {method} is not what the protocol says: {error.Message}", error));
        }
    }

    /// <summary>Sends a notification; one that cannot be sent is lost, as its worker is.</summary>
    public async Task NotifyAsync(string method, CancellationToken cancellation)
    {
        try
        {
            await writer.NotifyAsync(method, cancellation);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            End(new ConnectionEndedException("The worker's connection broke.", error));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        End(new ConnectionEndedException("The node closed the worker's connection."));
        await stream.DisposeAsync();
        if (reading is not null)
            await reading;
        await reader.DisposeAsync();
        writer.Dispose();
        closing.Dispose();
    }

    private long Register(TaskCompletionSource<JsonElement> reply)
    {
        lock (gate)
        {
            if (ended is not null)
                throw new ConnectionEndedException("The worker's connection has ended.", ended);
            if (pending.Count >= MaxPending)
                throw new InvalidOperationException($"{MaxPending} requests to a worker are open already.");
            pending.Add(++lastId, reply);
            return lastId;
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await reader.ReadAsync(closing.Token) is { } frame)
                await HandleAsync(frame);
            End(new ConnectionEndedException("The worker closed its connection."));
        }
        catch (ProtocolException error)
        {
            End(error);
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or OperationCanceledException)
        {
            End(new ConnectionEndedException("The worker's connection broke.", error));
        }
    }

    private async ValueTask HandleAsync(Frame frame)
    {
        if (frame.Method is null)
            Resolve(frame);
        else if (frame.Id is not null)
            await RefuseAsync(frame);
        else if (ReadNotice(frame) is { } notice)
            onNotice(notice);
    }

    private void Resolve(Frame frame)
    {
        var id = frame.Id is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) ? value : -1;
        TaskCompletionSource<JsonElement>? reply;
        lock (gate) pending.Remove(id, out reply);
        if (reply is null && frame.Error is { } unread)
            throw new ProtocolException($"The worker could not read a frame of ours: {unread.Message}");
        if (reply is null)
            throw new ProtocolException("The worker answered a request that nobody made.");
        if (frame.Error is { } refused)
            reply.SetException(new RpcException(refused));
        else if (frame.Result is { } result)
            reply.SetResult(result);
        else
            Reject(reply, new ProtocolException("The worker sent a reply without result and error."));
    }

    private static void Reject(TaskCompletionSource<JsonElement> reply, ProtocolException error)
    {
        reply.SetException(error);
        throw error;
    }

    // A worker asks nothing after its hello.
    private Task RefuseAsync(Frame frame) =>
        writer.ErrorAsync(frame.Id, new RpcError(ErrorCodes.MethodNotFound, $"Unknown method {frame.Method}."), closing.Token);

    private static WorkerNotice? ReadNotice(Frame frame)
    {
        try
        {
            return frame.Method switch
            {
                Methods.Progress => frame.Params?.Deserialize(ProtocolJson.Default.ProgressNotice),
                Methods.Snapshot => frame.Params?.Deserialize(ProtocolJson.Default.SnapshotNotice),
                Methods.Status => frame.Params?.Deserialize(ProtocolJson.Default.StatusNotice),
                _ => null,
            };
        }
        catch (JsonException error)
        {
            throw new ProtocolException($"The worker's {frame.Method} is not what the protocol says: {error.Message}", error);
        }
    }

    private Exception End(Exception reason)
    {
        List<TaskCompletionSource<JsonElement>> open;
        lock (gate)
        {
            if (ended is not null)
                return ended;
            ended = reason;
            open = [.. pending.Values];
            pending.Clear();
        }

        closing.Cancel();
        foreach (var reply in open)
            reply.TrySetException(reason);
        endedSource.TrySetResult(reason);
        return reason;
    }
}
