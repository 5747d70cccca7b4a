namespace VmObs.Storage.Embedded.Head;

/// <summary>Bounds the memory of open hours: bytes are reserved when a request is admitted and given back when its data is on disk in its
/// hour's file.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class HeadBudget(long limitBytes)
{
    private long _used;

    /// <summary>Bytes reserved now.</summary>
    public long Used => Interlocked.Read(ref _used);

    /// <summary>The bound.</summary>
    public long Limit => limitBytes;

    /// <summary>Reserves bytes if there is room.</summary>
    public bool TryReserve(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= limitBytes)
            return true;
        Interlocked.Add(ref _used, -bytes);
        return false;
    }

    /// <summary>Reserves bytes whether there is room or not: for a replay, whose requests were admitted before.</summary>
    public void Reserve(long bytes) => Interlocked.Add(ref _used, bytes);

    /// <summary>Gives bytes back.</summary>
    public void Release(long bytes) => Interlocked.Add(ref _used, -bytes);
}
