using System.Buffers.Binary;
using System.Security.Cryptography;
using VmObs.Signals.Metrics;

namespace VmObs.Signals.Wire.Otlp;

/// <summary>Knows the series of number points again by their attributes as they stand in the body, which then are neither read nor sorted.</summary>
/// <remarks>Use: <see cref="BeginScope"/> for each scope, then <see cref="Find"/> for each point, and <see cref="Add"/> where it knew none.
/// A key is <c>mark u8 · SHA-256 of what the scope's points share · length of the series' name u32 · the name · the attribute fields</c>;
/// senders choose what is hashed, so it is a hash that they cannot make collide. Not thread-safe. Paid for by VmObs.Bench decode.</remarks>
internal sealed class OtlpKnownPoints(OtlpSeriesLabels labels, SeriesInterner interner) : IDisposable
{
    // Beside the marks of remote_write's keys.
    private const byte KeyMark = 3;

    // Attributes that give way to other labels have no limit of their own.
    private const int MaxAttributeBytes = 8 * 1024;

    private readonly PooledBuffer _shared = new(1024), _key = new(1024);
    private readonly byte[] _sharedHash = new byte[SHA256.HashSizeInBytes];
    private SeriesEntry? _last;
    private bool _isHashed, _sharedFits;

    /// <summary>Begins a scope, whose shared labels are set.</summary>
    public void BeginScope() => _isHashed = false;

    /// <summary>The series of a point; null when it is not known.</summary>
    /// <param name="name">The series' name.</param>
    /// <param name="attributes">All attribute fields of the point, tags and all.</param>
    public InternedSeries? Find(ReadOnlySpan<byte> name, ReadOnlySpan<byte> attributes)
    {
        _key.Clear();
        if (attributes.Length > MaxAttributeBytes || !HashShared())
            return null;
        _key.WriteByte(KeyMark);
        _key.Write(_sharedHash);
        BinaryPrimitives.WriteInt32LittleEndian(_key.GetSpan(sizeof(int)), name.Length);
        _key.Advance(sizeof(int));
        _key.Write(name);
        _key.Write(attributes);
        var key = _key.WrittenSpan;
        var entry = interner.FollowerOf(_last, key) is { } guess && guess.Bytes.Length == key.Length ? guess : interner.FindWire(key);
        if (entry is not null)
            Follow(entry);
        return entry?.Series;
    }

    /// <summary>Notes the series of the point that was looked for last.</summary>
    public void Add(InternedSeries series)
    {
        if (_key.Length > 0)
            Follow(interner.AddWire(_key.WrittenSpan, series));
    }

    public void Dispose()
    {
        _shared.Dispose();
        _key.Dispose();
    }

    private bool HashShared()
    {
        if (_isHashed)
            return _sharedFits;
        _isHashed = true;
        _shared.Clear();
        _sharedFits = labels.TryWriteShared(_shared);
        if (_sharedFits)
            SHA256.HashData(_shared.WrittenSpan, _sharedHash);
        return _sharedFits;
    }

    private void Follow(SeriesEntry entry)
    {
        if (_last is { Generation: >= 0 } last && last.Next != entry)
            last.Next = entry;
        _last = entry;
    }
}
