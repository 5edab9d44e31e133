using Workers.Node.Protocol;

namespace Workers.Node.Workers;

/// <summary>A worker did not become ready.</summary>
internal class WorkerStartException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The engine's program, or something that it needs, is not installed: trying again soon would not help.</summary>
/// <param name="message">What is missing, and what to do.</param>
/// <param name="hello">What the worker said it could do if it were there; null where there is no program at all.</param>
internal sealed class ProgramMissingException(string message, Hello? hello = null) : WorkerStartException(message)
{
    /// <summary>What the worker said it could do if it were there.</summary>
    public Hello? Hello { get; } = hello;
}
