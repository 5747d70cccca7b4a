using VmObs.Storage.Disk;

namespace VmObs.Tests.Storage.Faults;

/// <summary>A folder of the real disk that writes down every change, knows what of it a power loss would leave, and fails one operation.</summary>
/// <remarks>The real folder is what processes see, which is what the page cache has; <see cref="State"/> is what the disk has. Thread-safe.</remarks>
internal sealed class ModelDisk : DiskFolder
{
    private readonly Lock _lock;
    private readonly Dictionary<string, int> _files;
    private readonly List<DiskOperation> _log;
    private readonly DiskFault _fault;
    private bool _isEnded;

    public ModelDisk(DiskFault? fault = null)
        : this(new(), new(StringComparer.Ordinal), [], new DiskState(), fault ?? DiskFault.None)
    {
    }

    private ModelDisk(Lock @lock, Dictionary<string, int> files, List<DiskOperation> log, DiskState state, DiskFault fault) =>
        (_lock, _files, _log, State, _fault) = (@lock, files, log, state, fault);

    /// <summary>What of it is durable.</summary>
    public DiskState State { get; }

    /// <summary>Operations so far.</summary>
    public int Operations
    {
        get
        {
            lock (_lock)
                return _log.Count;
        }
    }

    /// <summary>The operation that failed; null while none has.</summary>
    public DiskOperation? Failed { get; private set; }

    /// <summary>Whether the process that uses it has ended.</summary>
    public bool IsEnded => Volatile.Read(ref _isEnded);

    /// <summary>The operations, which may no longer grow.</summary>
    public IReadOnlyList<DiskOperation> Log => _log;

    /// <summary>Takes up what lies in a folder as durable.</summary>
    public static ModelDisk Of(string folder)
    {
        var disk = new ModelDisk();
        foreach (var path in Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            disk.TakeUp(path);
        disk._log.Clear();
        return disk;
    }

    /// <summary>The process ends: nothing that is left of it can change the disk.</summary>
    public void End()
    {
        lock (_lock)
            _isEnded = true;
    }

    /// <summary>The same disk for the next process, which finds what the page cache has.</summary>
    public ModelDisk ForNextProcess()
    {
        End();
        return new ModelDisk(_lock, _files, _log, State, _fault) { Failed = Failed };
    }

    public override DiskFile Open(string path, bool create)
    {
        if (!create)
        {
            lock (_lock)
                return new ModelFile(this, Posix.Open(path, create: false), _files[path]);
        }
        DiskFile? opened = null;
        var file = 0;
        try
        {
            Do(new DiskOperation(DiskOperationKind.Create, path), number =>
            {
                opened = Posix.Open(path, create: true);
                _files[path] = file = number;
            });
            return new ModelFile(this, opened!, file);
        }
        catch
        {
            opened?.Dispose();
            throw;
        }
    }

    public override DiskFile OpenRead(string path) => Posix.OpenRead(path);

    public override void Rename(string from, string to) => Do(new DiskOperation(DiskOperationKind.Rename, from) { To = to, File = _files[from] }, _ =>
    {
        Posix.Rename(from, to);
        _files.Remove(from, out var file);
        _files[to] = file;
    });

    public override void Delete(string path)
    {
        if (!File.Exists(path))
            return;
        Do(new DiskOperation(DiskOperationKind.Delete, path), _ =>
        {
            Posix.Delete(path);
            _files.Remove(path);
        });
    }

    public override void MakeFolder(string path) => Do(new DiskOperation(DiskOperationKind.MakeFolder, path), _ => Posix.MakeFolder(path));

    public override void SyncFolder(string path) => Do(new DiskOperation(DiskOperationKind.SyncFolder, path), _ => { });

    private void TakeUp(string path)
    {
        if (Directory.Exists(path))
        {
            State.Apply(new DiskOperation(DiskOperationKind.MakeFolder, path));
        }
        else
        {
            var file = _files.Count + 1;
            _files.Add(path, file);
            State.Apply(new DiskOperation(DiskOperationKind.Create, path) { File = file });
            State.Apply(new DiskOperation(DiskOperationKind.Write, path) { File = file, Bytes = File.ReadAllBytes(path) });
            State.Apply(new DiskOperation(DiskOperationKind.Sync, path) { File = file });
        }
        State.Apply(new DiskOperation(DiskOperationKind.SyncFolder, Path.GetDirectoryName(path)!));
    }

    private void Do(DiskOperation operation, Action<int> carryOut, Action? half = null)
    {
        lock (_lock)
        {
            if (_isEnded)
                throw new IOException("the process has ended");
            // A file's number is that of the operation that created it, above those that were there before.
            var number = _log.Count + 1_000_000;
            if (operation.Kind == DiskOperationKind.Create)
                operation = operation with { File = number };
            _log.Add(operation);
            var fails = _log.Count == _fault.At;
            if (!fails || _fault.IsPersisted)
            {
                carryOut(number);
                State.Apply(operation);
            }
            else if (operation.Kind == DiskOperationKind.Sync)
            {
                State.Forget(operation.File);
            }
            else if (operation.Kind == DiskOperationKind.Write)
            {
                half!();
                State.Apply(operation with { Bytes = operation.Bytes[..(operation.Bytes.Length / 2)] });
            }
            if (!fails)
                return;
            Failed = operation;
            _isEnded = _fault.EndsProcess;
            throw new IOException($"{operation}: the disk refuses");
        }
    }

    private sealed class ModelFile(ModelDisk disk, DiskFile file, int number) : DiskFile
    {
        public override string Path => file.Path;

        public override long Length => file.Length;

        public override int Read(Span<byte> destination, long offset) => file.Read(destination, offset);

        public override void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            var copy = bytes.ToArray();
            disk.Do(
                new DiskOperation(DiskOperationKind.Write, Path) { File = number, Offset = offset, Bytes = copy },
                _ => file.Write(copy, offset), () => file.Write(copy.AsSpan(0, copy.Length / 2), offset));
        }

        public override void SetLength(long length) =>
            disk.Do(new DiskOperation(DiskOperationKind.Cut, Path) { File = number, Offset = length }, _ => file.SetLength(length));

        public override void Sync() => disk.Do(new DiskOperation(DiskOperationKind.Sync, Path) { File = number }, _ => { });

        public override void Dispose() => file.Dispose();
    }
}
