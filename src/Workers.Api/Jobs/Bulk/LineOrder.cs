namespace Workers.Api.Jobs.Bulk;

/// <summary>Lets the lines of a batch be prepared side by side, which may take a download, and still be admitted in their order.</summary>
internal sealed class LineOrder
{
    private Task before = Task.CompletedTask;

    /// <summary>The next line's turn; called in the order of the lines. To be disposed once the line is sent, or was refused.</summary>
    public Turn Next()
    {
        var turn = new Turn(before);
        before = turn.Over;
        return turn;
    }

    /// <summary>A line's turn.</summary>
    /// <param name="before">Ends when every line before is sent or was refused.</param>
    internal sealed class Turn(Task before) : IDisposable
    {
        private readonly TaskCompletionSource left = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Ends when this line and every one before is sent or was refused.</summary>
        public Task Over => field ??= Task.WhenAll(before, left.Task);

        /// <summary>Waits for the lines before.</summary>
        public Task ComesAsync(CancellationToken cancellation) => before.WaitAsync(cancellation);

        /// <summary>Lets the next line go on.</summary>
        public void Dispose() => left.TrySetResult();
    }
}
