using System.Runtime.CompilerServices;
using static VmObs.Ledger.Hashing.Blake3Compression;

namespace VmObs.Ledger.Hashing;

/// <summary>The BLAKE3 of an input whose parts are hashed apart, in any order, on any threads.</summary>
/// <remarks>Threads may hash different parts at the same time. Holds 32 bytes a part. Source: the BLAKE3 paper, section 2.1.</remarks>
public sealed class Blake3Parts
{
    /// <summary>Bytes of a part, the last one what is left: long beside what handing it to a thread takes, short enough to stay in a core's cache.</summary>
    public const int PartBytes = 256 * 1024;

    private readonly byte[] _values;

    /// <summary>Begins the hash of an input.</summary>
    /// <param name="length">The input's bytes; 0 or more.</param>
    public Blake3Parts(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        (Length, Count) = (length, checked((int)Math.Max(1, (length + PartBytes - 1) / PartBytes)));
        _values = new byte[Count * Digest.Bytes];
    }

    /// <summary>The input's bytes.</summary>
    public long Length { get; }

    /// <summary>Number of parts; an empty input is one empty part.</summary>
    public int Count { get; }

    /// <summary>Bytes of a part.</summary>
    /// <param name="part">From 0.</param>
    public int LengthOf(int part)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(part);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(part, Count);
        return (int)Math.Min(PartBytes, Length - ((long)part * PartBytes));
    }

    /// <summary>Hashes a part.</summary>
    /// <param name="part">From 0.</param>
    /// <param name="bytes">All of it.</param>
    /// <exception cref="ArgumentException">Another number of bytes than the part has.</exception>
    public void Hash(int part, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != LengthOf(part))
            throw new ArgumentException($"BUG: {bytes.Length} bytes of part {part}, wanted {LengthOf(part)}", nameof(bytes));
        var value = Count == 1 ? Blake3.Hash(bytes) : Blake3Subtree.ChainingValue(bytes, (long)part * PartBytes);
        value.CopyTo(_values.AsSpan(part * Digest.Bytes));
    }

    /// <summary>The hash of the input, once every part was hashed; called once.</summary>
    [SkipLocalsInit]
    public Digest Finish()
    {
        if (Count == 1)
            return new Digest(_values);
        for (var count = Count; count > 2;)
            count = Blake3Subtree.ParentLevel(_values, count, Blake3Mode.Hash);
        Span<byte> hash = stackalloc byte[Digest.Bytes];
        HashParent(_values.AsSpan(0, BlockBytes), Blake3Mode.Hash, Root, hash);
        return new Digest(hash);
    }
}
