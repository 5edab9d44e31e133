namespace Workers.Node.Workers;

/// <summary>A worker did not become ready.</summary>
internal class WorkerStartException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The engine's program is not there: trying again soon would not help.</summary>
internal sealed class ProgramMissingException(string message) : WorkerStartException(message);
