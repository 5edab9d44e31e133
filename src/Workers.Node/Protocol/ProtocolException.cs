namespace Workers.Node.Protocol;

/// <summary>The worker broke the protocol: it is killed and the attempt is tried again.</summary>
internal sealed class ProtocolException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The connection has ended; nothing more will be answered.</summary>
internal sealed class ConnectionEndedException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The worker answered a request with an error.</summary>
internal sealed class RpcException(RpcError error) : Exception(error.Message)
{
    public RpcError Error { get; } = error;
}
