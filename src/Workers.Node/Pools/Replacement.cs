using Workers.Node.Workers;

namespace Workers.Node.Pools;

/// <summary>
/// Which worker is being replaced and by which: first the new one gets warm, then the old one goes, when its calls are over. One at a time, so that a
/// pool of which all are due does not start twice its processes. Under the pool's lock.
/// </summary>
internal sealed class Replacement
{
    private readonly HashSet<Worker> leaving = [];
    private Worker? old;
    private Worker? successor;

    /// <summary>Whether one is under way: the next has to wait.</summary>
    public bool IsUnderWay => old is not null;

    /// <summary>The successor is starting; the old one goes on serving.</summary>
    public void Begin(Worker worker, Worker itsSuccessor) => (old, successor) = (worker, itsSuccessor);

    /// <summary>A worker is ready. If it is the successor, the old one is to leave: it is returned.</summary>
    public Worker? Complete(Worker ready)
    {
        if (successor != ready || old is not { } worker)
            return null;
        (old, successor) = (null, null);
        leaving.Add(worker);
        return worker;
    }

    /// <summary>Whether it gets no more calls.</summary>
    public bool IsLeaving(Worker worker) => leaving.Contains(worker);

    /// <summary>It has ended for good.</summary>
    /// <returns>Whether another has its place.</returns>
    public bool Forget(Worker worker)
    {
        if (worker == successor || worker == old)
            (old, successor) = (null, null);
        return leaving.Remove(worker);
    }
}
