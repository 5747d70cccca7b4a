using System.Buffers;
using System.Buffers.Binary;

namespace VmObs.Signals;

/// <summary>A growing byte buffer over the shared array pool; whoever creates it disposes it.</summary>
/// <remarks>Not thread-safe. Spans and memory taken from it are valid until the next write, <see cref="Clear"/> or <see cref="Dispose"/>.</remarks>
public sealed class PooledBuffer : IBufferWriter<byte>, IDisposable
{
    /// <summary>Larger arrays are not the pool's: it keeps what it was given back on every thread, and a few giants would never leave.</summary>
    private const int MaxPooledBytes = 4 * 1024 * 1024;

    private byte[] _bytes;

    /// <summary>Rents a first array of at least this many bytes.</summary>
    public PooledBuffer(int initialBytes = 4096) => _bytes = Rent(initialBytes);

    /// <summary>Bytes written so far.</summary>
    public int Length { get; private set; }

    /// <summary>Bytes held, written or not: what this buffer costs.</summary>
    public int Capacity => _bytes.Length;

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> WrittenSpan => _bytes.AsSpan(0, Length);

    /// <summary>What was written.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, Length);

    /// <summary>A part of what was written.</summary>
    public ReadOnlySpan<byte> Slice(int offset, int length) => _bytes.AsSpan(0, Length).Slice(offset, length);

    /// <summary>Appends the bytes.</summary>
    public void Write(ReadOnlySpan<byte> value)
    {
        value.CopyTo(GetSpan(value.Length));
        Length += value.Length;
    }

    /// <summary>Appends one byte.</summary>
    public void WriteByte(byte value)
    {
        GetSpan(1)[0] = value;
        Length++;
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, _bytes.Length - Length);
        Length += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsMemory(Length);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _bytes.AsSpan(Length);
    }

    /// <summary>Forgets what was written beyond this length; used to take back a half-written record.</summary>
    public void Truncate(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)Length);
        Length = length;
    }

    /// <summary>Overwrites four written bytes with a little-endian number.</summary>
    public void PatchInt32(int offset, int value) => BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(0, Length).Slice(offset, 4), value);

    /// <summary>Forgets everything written; keeps the array.</summary>
    public void Clear() => Length = 0;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_bytes.Length == 0)
            return;
        Return(_bytes);
        _bytes = [];
        Length = 0;
    }

    private void Reserve(int more)
    {
        if (_bytes.Length - Length >= more)
            return;
        ObjectDisposedException.ThrowIf(_bytes.Length == 0, this);
        var larger = Rent((int)Math.Min(Math.Max((long)_bytes.Length * 2, (long)Length + more), Array.MaxLength));
        _bytes.AsSpan(0, Length).CopyTo(larger);
        Return(_bytes);
        _bytes = larger;
    }

    private static byte[] Rent(int bytes) => bytes > MaxPooledBytes ? GC.AllocateUninitializedArray<byte>(bytes) : ArrayPool<byte>.Shared.Rent(bytes);

    private static void Return(byte[] bytes)
    {
        if (bytes.Length <= MaxPooledBytes)
            ArrayPool<byte>.Shared.Return(bytes);
    }
}
