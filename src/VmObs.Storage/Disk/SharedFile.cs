namespace VmObs.Storage.Disk;

/// <summary>A file that its owner writes and queries read: closed when the owner and the last reader have let go.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class SharedFile(DiskFile file)
{
    private int _holders = 1;

    /// <summary>The file; for those who hold it.</summary>
    public DiskFile File => file;

    /// <summary>Takes hold; false when the file is closed already.</summary>
    public bool TryHold()
    {
        for (var holders = Volatile.Read(ref _holders); holders > 0;)
        {
            var seen = Interlocked.CompareExchange(ref _holders, holders + 1, holders);
            if (seen == holders)
                return true;
            holders = seen;
        }
        return false;
    }

    /// <summary>Lets go.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
            file.Dispose();
    }
}
