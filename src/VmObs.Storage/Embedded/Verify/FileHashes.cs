using VmObs.Ledger.Hashing;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Verify;

/// <summary>Hashes many files at once: every processor takes the next part of whatever file is next, so that a disk reads in order and neither a large
/// file nor thousands of small ones leave a processor without work.</summary>
/// <remarks>Memory: a part a processor, and 32 bytes a part of the files that are being read.</remarks>
public sealed class FileHashes
{
    private readonly IReadOnlyList<string> _paths;
    private readonly Action<long> _read;
    private readonly CancellationToken _cancellationToken;
    private readonly FileHash[] _hashes;
    private readonly Lock _lock = new();
    private int _nextFile;
    private OpenFile? _open;

    private FileHashes(IReadOnlyList<string> paths, Action<long> read, CancellationToken cancellationToken)
    {
        (_paths, _read, _cancellationToken) = (paths, read, cancellationToken);
        _hashes = new FileHash[paths.Count];
    }

    /// <summary>Hashes files.</summary>
    /// <param name="paths">Absolute paths.</param>
    /// <param name="read">Told bytes as they are hashed, from any thread.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A hash for each path, in their order.</returns>
    public static IReadOnlyList<FileHash> Of(IReadOnlyList<string> paths, Action<long> read, CancellationToken cancellationToken)
    {
        var hashes = new FileHashes(paths, read, cancellationToken);
        try
        {
            Parallel.For(0, Environment.ProcessorCount, _ => hashes.Work());
        }
        catch (AggregateException stopped) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(stopped.Message, stopped, cancellationToken);
        }
        return hashes._hashes;
    }

    private void Work()
    {
        var buffer = new byte[Blake3Parts.PartBytes];
        while (Next() is var (file, part))
        {
            _cancellationToken.ThrowIfCancellationRequested();
            var length = file.Parts.LengthOf(part);
            try
            {
                if (file.Handle.Read(buffer.AsSpan(0, length), (long)part * Blake3Parts.PartBytes) == length)
                    file.Parts.Hash(part, buffer.AsSpan(0, length));
                else
                    file.Error = new IOException($"{file.Handle.Path}: became shorter while it was read");
            }
            catch (IOException error)
            {
                file.Error = error;
            }
            _read(length);
            if (Interlocked.Decrement(ref file.Left) == 0)
                Close(file);
        }
    }

    private (OpenFile File, int Part)? Next()
    {
        lock (_lock)
        {
            while (_open is null || _open.NextPart == _open.Parts.Count)
            {
                if (_nextFile == _paths.Count)
                    return null;
                _open = Open(_nextFile++);
            }
            return (_open, _open.NextPart++);
        }
    }

    private OpenFile? Open(int number)
    {
        try
        {
            return new OpenFile(number, DiskFolder.Posix.OpenRead(_paths[number]));
        }
        catch (IOException error)
        {
            _hashes[number] = new FileHash(default, 0, error);
            return null;
        }
    }

    private void Close(OpenFile file)
    {
        _hashes[file.Number] = file.Error is null ? new FileHash(file.Parts.Finish(), file.Parts.Length, null) : new FileHash(default, 0, file.Error);
        file.Handle.Dispose();
    }

    private sealed class OpenFile
    {
        public int Left;

        public OpenFile(int number, DiskFile handle)
        {
            (Number, Handle, Parts) = (number, handle, new Blake3Parts(handle.Length));
            Left = Parts.Count;
        }

        public int Number { get; }

        public DiskFile Handle { get; }

        public Blake3Parts Parts { get; }

        public int NextPart { get; set; }

        public volatile IOException? Error;
    }
}
