using VmObs.Signals.Labels;

namespace VmObs.Signals.Metrics;

/// <summary>A series' canonical label set, kept once for all requests that bring samples of it.</summary>
/// <remarks>Immutable but for the memo, which belongs to the one consumer that applies batches.</remarks>
public sealed class InternedSeries
{
    private readonly byte[] _key;

    /// <summary>Keeps a label set.</summary>
    /// <param name="key">Canonical bytes (see <see cref="LabelKeyReader"/>); not changed afterwards.</param>
    /// <param name="hash">XxHash3 of the key, 64 bits.</param>
    public InternedSeries(byte[] key, ulong hash)
    {
        _key = key;
        Hash = hash;
    }

    /// <summary>Canonical bytes (with __name__, node and service); the series' identity.</summary>
    public ReadOnlyMemory<byte> Key => _key;

    /// <summary>XxHash3 of the key, 64 bits.</summary>
    public ulong Hash { get; }

    /// <summary>The metric's name.</summary>
    public ReadOnlySpan<byte> Name => LabelKey.ValueOf(_key, "__name__"u8);

    /// <summary>The consumer's table in which <see cref="MemoNumber"/> counts; 0: none.</summary>
    public long MemoTable { get; set; }

    /// <summary>The series' number in that table.</summary>
    public int MemoNumber { get; set; }
}
