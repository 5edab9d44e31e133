using System.Diagnostics;
using System.IO.Pipes;
using Microsoft.Win32.SafeHandles;

namespace Workers.Node.Processes;

/// <summary>
/// Hands what a child prints to a sink, from a thread of its own, and knows when all that was printed before a moment has arrived there. For that it
/// has to say "under way" before it takes anything out of a pipe, so that it waits for readiness first and reads afterwards; a stream's asynchronous
/// read is one step, in which bytes are for a while neither in the pipe nor with the sink, and nobody can tell.
/// </summary>
internal sealed class OutputPump : IDisposable
{
    private const int ChunkBytes = 16 * 1024;
    private const int StackBytes = 256 * 1024;

    private readonly Source[] sources;
    private readonly Action<ReadOnlyMemory<byte>> sink;

    // Closing our end of it wakes the thread up for good.
    private readonly AnonymousPipeServerStream wake = new(PipeDirection.Out);
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Begins.</summary>
    /// <param name="streams">The pipes; closed by the pump at its end.</param>
    /// <param name="sink">Takes the pieces, one at a time.</param>
    public OutputPump(IEnumerable<Stream> streams, Action<ReadOnlyMemory<byte>> sink)
    {
        sources = [.. streams.Cast<PipeStream>().Select(stream => new Source(stream))];
        this.sink = sink;
        new Thread(Run, StackBytes) { IsBackground = true, Name = "worker output" }.Start();
    }

    /// <summary>Ends when every pipe has ended, or after <see cref="Stop"/>; fails when the sink did.</summary>
    public Task Ended => ended.Task;

    /// <summary>Reads no more, whatever is in the pipes.</summary>
    public void Stop() => wake.SafePipeHandle.Dispose();

    /// <summary>
    /// Waits until what was printed before now has been handed over, at most <paramref name="limit"/>; not for what is printed meanwhile, which may
    /// never end.
    /// </summary>
    public async Task SettleAsync(TimeSpan limit)
    {
        var started = Stopwatch.GetTimestamp();
        foreach (var source in sources)
        {
            if (source.IsSettled)
                continue;

            // In the pipe, and at most one piece between the pipe and the sink. Counted in this order, so that what moves meanwhile only makes it more.
            var enough = NativeMethods.ReadableBytes(source.Handle) + ChunkBytes + source.Handed;
            while (!source.IsSettled && source.Handed < enough && !ended.Task.IsCompleted && Stopwatch.GetElapsedTime(started) < limit)
                await Task.Delay(1);
        }
    }

    /// <summary>After its end.</summary>
    public void Dispose() => wake.Dispose();

    private void Run()
    {
        try
        {
            Pump();
            ended.SetResult();
        }
#pragma warning disable CA1031 // The end of a thread has no caller: whoever awaits the end gets the error, whatever it is.
        catch (Exception error)
#pragma warning restore CA1031
        {
            ended.SetException(error);
        }
        finally
        {
            foreach (var source in sources)
                source.Dispose();
        }
    }

    private void Pump()
    {
        var buffer = new byte[ChunkBytes];
        var entries = new PollEntry[sources.Length + 1];
        entries[^1] = PollEntry.For(wake.ClientSafePipeHandle);
        for (var i = 0; i < sources.Length; i++)
            entries[i] = PollEntry.For(sources[i].Handle);

        while (entries.AsSpan(..^1).ContainsAnyExcept(PollEntry.None))
        {
            NativeMethods.WaitForAny(entries);
            if (entries[^1].IsReady)
                return;
            for (var i = 0; i < sources.Length; i++)
            {
                if (entries[i].IsReady && !sources[i].Forward(buffer, sink))
                    entries[i] = PollEntry.None;
            }
        }
    }

    /// <summary>One pipe.</summary>
    private sealed class Source(PipeStream stream) : IDisposable
    {
        private int underWay;
        private long handed;

        public SafePipeHandle Handle { get; } = stream.SafePipeHandle;

        /// <summary>Bytes the sink has taken.</summary>
        public long Handed => Volatile.Read(ref handed);

        /// <summary>Nothing is in the pipe, and then nothing between it and the sink.</summary>
        public bool IsSettled => NativeMethods.ReadableBytes(Handle) == 0 && Volatile.Read(ref underWay) == 0;

        /// <summary>Takes one piece out of the pipe, which has one or has ended, to the sink.</summary>
        /// <returns>False at the end.</returns>
        public bool Forward(byte[] buffer, Action<ReadOnlyMemory<byte>> sink)
        {
            Interlocked.Exchange(ref underWay, 1);
            try
            {
                var count = stream.Read(buffer);
                if (count == 0)
                    return false;
                sink(buffer.AsMemory(0, count));
                Volatile.Write(ref handed, handed + count);
                return true;
            }
            catch (IOException)
            {
                return false; // The other end broke: the same as the end of the stream.
            }
            finally
            {
                Volatile.Write(ref underWay, 0);
            }
        }

        public void Dispose() => stream.Dispose();
    }
}
