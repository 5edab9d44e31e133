using Microsoft.Extensions.Logging;
using Workers.Node.Processes;
using Workers.Node.Protocol;
using Workers.Node.Runtime;

namespace Workers.Node.Workers;

/// <summary>What all workers of a node share.</summary>
/// <param name="Node">The node's id.</param>
/// <param name="Folder">Its runtime folder.</param>
/// <param name="Listener">Where workers connect to.</param>
/// <param name="Orphans">Remembers them in case the node is killed.</param>
/// <param name="Policy">When to restart and when to give up.</param>
/// <param name="Loggers">Makes loggers.</param>
internal sealed record WorkerHost(
    string Node, RuntimeFolder Folder, WorkerListener Listener, OrphanSweeper Orphans, RestartPolicy Policy, ILoggerFactory Loggers)
    : IAsyncDisposable
{
    /// <summary>Closes the socket; only when no worker lives any more.</summary>
    public ValueTask DisposeAsync() => Listener.DisposeAsync();
}
