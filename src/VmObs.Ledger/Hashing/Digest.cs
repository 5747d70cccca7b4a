using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace VmObs.Ledger.Hashing;

/// <summary>A 32-byte hash value.</summary>
/// <remarks>Compared in the order of its bytes. Not for secrets: comparison takes variable time.</remarks>
public readonly struct Digest : IEquatable<Digest>, IComparable<Digest>
{
    /// <summary>Length in bytes.</summary>
    public const int Bytes = 32;

    private static readonly SearchValues<char> s_hexDigits = SearchValues.Create("0123456789abcdef");

    private readonly Words _words;

    /// <summary>Takes exactly 32 bytes.</summary>
    /// <exception cref="ArgumentException">Another length.</exception>
    public Digest(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Bytes)
            throw new ArgumentException($"a digest has {Bytes} bytes, got {bytes.Length}", nameof(bytes));
        _words = MemoryMarshal.Read<Words>(bytes);
    }

    /// <summary>The 32 bytes.</summary>
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public ReadOnlySpan<byte> Span => MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(in _words, 1));

    /// <summary>Writes the 32 bytes to the destination's start.</summary>
    public void CopyTo(Span<byte> destination) => Span.CopyTo(destination);

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public string ToHex() => Convert.ToHexStringLower(Span);

    /// <summary>Reads 64 lower-case hexadecimal digits; false for any other text.</summary>
    public static bool TryParseHex(ReadOnlySpan<char> hex, out Digest digest)
    {
        digest = default;
        if (hex.Length != Bytes * 2 || hex.ContainsAnyExcept(s_hexDigits))
            return false;
        digest = new Digest(Convert.FromHexString(hex));
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(Digest other) => Span.SequenceEqual(other.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Digest other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => MemoryMarshal.Read<int>(Span);

    /// <inheritdoc/>
    public int CompareTo(Digest other) => Span.SequenceCompareTo(other.Span);

    /// <summary><see cref="ToHex"/>.</summary>
    public override string ToString() => ToHex();

    /// <summary>Whether all bytes are equal.</summary>
    public static bool operator ==(in Digest left, in Digest right) => left.Equals(right);

    /// <summary>Whether a byte differs.</summary>
    public static bool operator !=(in Digest left, in Digest right) => !left.Equals(right);

    /// <summary>Whether the left digest sorts earlier.</summary>
    public static bool operator <(in Digest left, in Digest right) => left.CompareTo(right) < 0;

    /// <summary>Whether the left digest sorts later.</summary>
    public static bool operator >(in Digest left, in Digest right) => left.CompareTo(right) > 0;

    /// <summary>Whether the left digest does not sort later.</summary>
    public static bool operator <=(in Digest left, in Digest right) => left.CompareTo(right) <= 0;

    /// <summary>Whether the left digest does not sort earlier.</summary>
    public static bool operator >=(in Digest left, in Digest right) => left.CompareTo(right) >= 0;

    [InlineArray(4)]
    private struct Words
    {
        private ulong _first;
    }
}
