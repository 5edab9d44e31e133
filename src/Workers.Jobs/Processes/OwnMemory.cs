namespace Workers.Jobs.Processes;

/// <summary>This process's memory in bytes.</summary>
/// <param name="Resident">What the system keeps in memory for it.</param>
/// <param name="Heap">Managed objects that survived the newest garbage collection.</param>
public readonly record struct OwnMemory(long Resident, long Heap)
{
    /// <summary>As it is now.</summary>
    public static OwnMemory Now()
    {
        var collection = GC.GetGCMemoryInfo(GCKind.Any);
        return new OwnMemory(Environment.WorkingSet, collection.HeapSizeBytes - collection.FragmentedBytes);
    }
}
