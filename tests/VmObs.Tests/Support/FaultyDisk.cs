using VmObs.Storage.Disk;

namespace VmObs.Tests.Support;

/// <summary>A disk that loses power at one operation: what was not synced is gone, and everything after fails.</summary>
/// <remarks>Writes stay in memory until the file is synced. Not a model of lost folder entries: a name is there once its call returned.</remarks>
internal sealed class FaultyDisk(int failAt, bool persisted) : DiskFolder
{
    private readonly Lock _lock = new();
    private int _operations;

    /// <summary>Operations so far: writes, syncs, renames, truncations, deletions, creations, folder syncs.</summary>
    public int Operations => _operations;

    /// <summary>Whether the power is gone.</summary>
    public bool IsDown => _operations >= failAt;

    public override DiskFile Open(string path, bool create)
    {
        DiskFile? file = null;
        if (create)
            Do(() => file = Posix.Open(path, create: true));
        else
            file = Posix.Open(path, create: false);
        return new FaultyFile(this, file!);
    }

    public override DiskFile OpenRead(string path) => Posix.OpenRead(path);

    public override void Rename(string from, string to) => Do(() => Posix.Rename(from, to));

    public override void Delete(string path)
    {
        if (File.Exists(path))
            Do(() => Posix.Delete(path));
    }

    public override void SyncFolder(string path) => Do(() => { });

    private void Do(Action operation)
    {
        lock (_lock)
        {
            if (_operations >= failAt)
                throw new IOException("the power is gone");
            _operations++;
            var fails = _operations == failAt;
            if (!fails || persisted)
                operation();
            if (fails)
                throw new IOException($"the power went at operation {failAt}");
        }
    }

    private sealed class FaultyFile(FaultyDisk disk, DiskFile file) : DiskFile
    {
        private readonly List<(long Offset, byte[] Bytes)> _unsynced = [];

        public override string Path => file.Path;

        public override long Length
        {
            get
            {
                lock (_unsynced)
                    return _unsynced.Select(write => write.Offset + write.Bytes.Length).Append(file.Length).Max();
            }
        }

        public override int Read(Span<byte> destination, long offset) => file.Read(destination, offset);

        public override void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            var copy = bytes.ToArray();
            disk.Do(() =>
            {
                lock (_unsynced)
                    _unsynced.Add((offset, copy));
            });
        }

        public override void SetLength(long length) => disk.Do(() => file.SetLength(length));

        public override void Sync() => disk.Do(() =>
        {
            lock (_unsynced)
            {
                foreach (var (offset, bytes) in _unsynced)
                    file.Write(bytes, offset);
                _unsynced.Clear();
            }
        });

        public override void Dispose() => file.Dispose();
    }
}
