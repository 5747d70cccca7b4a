using VmObs.Storage;
using VmObs.Storage.Disk;

namespace VmObs.Receipts.Tables;

/// <summary>A file of items of one length that grows at its end. What is not known to be durable is also held in memory, and is read from there.</summary>
/// <remarks>One writer, any number of readers. The writer calls <see cref="SyncDurably"/> from time to time, which bounds what is held.</remarks>
internal sealed class TableFile : IDisposable
{
    private readonly DiskFolder _disk;
    private readonly int _itemBytes;
    private readonly Lock _lock = new();
    private readonly MemoryStream _recent = new();
    private DiskFile? _writing;
    private DiskFile? _reading;
    // Items before it are durable; those of _recent follow, of which the first bytes have been written.
    private long _durable;
    private int _written;
    private bool _isNamed;

    /// <summary>Opens a file, or says that there is none yet; nothing is written.</summary>
    /// <param name="disk">Where it is.</param>
    /// <param name="path">Absolute path.</param>
    /// <param name="itemBytes">Length of an item.</param>
    public TableFile(DiskFolder disk, string path, int itemBytes)
    {
        (_disk, Path, _itemBytes) = (disk, path, itemBytes);
        var file = new FileInfo(path);
        (_isNamed, _durable) = (file.Exists, file.Exists ? file.Length / itemBytes : 0);
    }

    /// <summary>Absolute path.</summary>
    public string Path { get; }

    /// <summary>Number of items.</summary>
    public long Count
    {
        get
        {
            lock (_lock)
                return _durable + (_recent.Length / _itemBytes);
        }
    }

    /// <summary>Reads neighbouring items.</summary>
    /// <param name="first">The first one, counted from 0.</param>
    /// <param name="items">Gets whole items, all of which there are.</param>
    /// <exception cref="DamagedFileException">The file has become shorter.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public void Read(long first, Span<byte> items)
    {
        lock (_lock)
        {
            var ofFile = (int)Math.Min(items.Length, Math.Max(0, _durable - first) * _itemBytes);
            _recent.GetBuffer().AsSpan(0, (int)_recent.Length).Slice((int)(Math.Max(0, first - _durable) * _itemBytes), items.Length - ofFile).CopyTo(items[ofFile..]);
            items = items[..ofFile];
            if (!items.IsEmpty)
                _reading ??= _disk.OpenRead(Path);
        }
        if (!items.IsEmpty && _reading!.Read(items, first * _itemBytes) != items.Length)
            throw new DamagedFileException(Path, first * _itemBytes, "the end of the file", $"{items.Length} bytes");
    }

    /// <summary>Adds an item at the end.</summary>
    public void Add(ReadOnlySpan<byte> item)
    {
        lock (_lock)
            _recent.Write(item);
    }

    /// <summary>Writes over an item that is not durable.</summary>
    public void Replace(long number, ReadOnlySpan<byte> item)
    {
        lock (_lock)
        {
            var at = (int)((number - _durable) * _itemBytes);
            item.CopyTo(_recent.GetBuffer().AsSpan(at));
            _written = Math.Min(_written, at);
        }
    }

    /// <summary>Makes an item that should be there what it should be; durable when this returns.</summary>
    /// <returns>Whether it was not.</returns>
    /// <exception cref="IOException">The disk refused.</exception>
    public bool Mend(long number, ReadOnlySpan<byte> item)
    {
        if (Holds(number, item))
            return false;
        using var file = _disk.Open(Path, create: false);
        file.Write(item, number * _itemBytes);
        file.Sync();
        return true;
    }

    /// <summary>Forgets all items from one on; those that are durable only before anything was added.</summary>
    public void Cut(long count)
    {
        lock (_lock)
        {
            if (count < _durable)
            {
                _recent.SetLength(0);
                _durable = count;
            }
            _recent.SetLength((count - _durable) * _itemBytes);
            _written = (int)Math.Min(_written, _recent.Length);
        }
    }

    /// <summary>Writes what was added; not durable before <see cref="SyncDurably"/>.</summary>
    /// <exception cref="IOException">The disk refused; what was added stays in memory, and the next call writes it again.</exception>
    public void Write()
    {
        try
        {
            if (_recent.Length > _written)
            {
                _writing ??= Open();
                _writing.Write(_recent.GetBuffer().AsSpan(_written, (int)_recent.Length - _written), (_durable * _itemBytes) + _written);
                _written = (int)_recent.Length;
            }
        }
        catch (IOException)
        {
            Close();
            throw;
        }
    }

    /// <summary>Writes what was added; it is durable when this returns.</summary>
    /// <exception cref="IOException">As for <see cref="Write"/>.</exception>
    public void SyncDurably()
    {
        if (_recent.Length == 0)
            return;
        Write();
        try
        {
            _writing!.Sync();
        }
        catch (IOException)
        {
            Close();
            throw;
        }
        lock (_lock)
        {
            _durable += _recent.Length / _itemBytes;
            _recent.SetLength(0);
            _written = 0;
        }
    }

    public void Dispose()
    {
        _writing?.Dispose();
        _reading?.Dispose();
        _recent.Dispose();
    }

    private bool Holds(long number, ReadOnlySpan<byte> item)
    {
        Span<byte> found = stackalloc byte[_itemBytes];
        try
        {
            Read(number, found);
        }
        catch (DamagedFileException)
        {
            return false;
        }
        return found.SequenceEqual(item);
    }

    private DiskFile Open()
    {
        if (!_isNamed)
            _disk.CreateFolder(System.IO.Path.GetDirectoryName(Path)!);
        var file = _disk.Open(Path, create: !File.Exists(Path));
        try
        {
            if (!_isNamed)
                _disk.SyncFolder(System.IO.Path.GetDirectoryName(Path)!);
            _isNamed = true;
            // What stands beyond is not of this life, or was refused.
            if (file.Length > _durable * _itemBytes)
                file.SetLength(_durable * _itemBytes);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    // A descriptor whose sync failed has told so once and forgotten it: all that is not known to be durable is written again through a new one.
    private void Close()
    {
        _writing?.Dispose();
        _writing = null;
        _written = 0;
    }
}
