using System.Buffers.Binary;

namespace VmObs.Storage.Parquet;

/// <summary>Reads what <see cref="RleBitPackedEncoder"/> describes, as runs.</summary>
/// <remarks>The last packed group may be filled up with values that do not count: whoever reads knows how many do.</remarks>
internal ref struct RleBitPackedDecoder
{
    private const int GroupValues = 8;

    private readonly int _width;
    private ReadOnlySpan<byte> _rest;
    private ReadOnlySpan<byte> _packed;
    private long _packedLeft;
    private long _packedBit;
    private uint _value;
    private long _runLeft;

    /// <summary>Stands before the first value.</summary>
    /// <param name="bytes">All values.</param>
    /// <param name="width">Bits of each, at most 32.</param>
    public RleBitPackedDecoder(ReadOnlySpan<byte> bytes, int width)
    {
        if (width is < 0 or > 32)
            throw new InvalidDataException($"values of {width} bits");
        _rest = bytes;
        _width = width;
    }

    /// <summary>Reads the next value and how often it follows itself.</summary>
    /// <param name="max">At most this often; at least 1.</param>
    /// <param name="value">The value.</param>
    /// <returns>How often; what is behind it may be the same again.</returns>
    /// <exception cref="InvalidDataException">There is no next value.</exception>
    public int Next(int max, out uint value)
    {
        while (_runLeft == 0)
        {
            if (_packedLeft > 0)
            {
                (_value, _runLeft) = (Unpack(), 1);
                // Neighbours that are the same are one run to the caller.
                while (_packedLeft > 0 && _runLeft < max && Peek() == _value)
                {
                    Unpack();
                    _runLeft++;
                }
            }
            else
            {
                ReadHead();
            }
        }
        var count = (int)Math.Min(_runLeft, max);
        _runLeft -= count;
        value = _value;
        return count;
    }

    /// <summary>Passes over values.</summary>
    /// <param name="count">How many.</param>
    /// <exception cref="InvalidDataException">There are fewer.</exception>
    public void Skip(int count)
    {
        while (count > 0)
        {
            if (_runLeft > 0)
            {
                var passed = (int)Math.Min(_runLeft, count);
                _runLeft -= passed;
                count -= passed;
            }
            else if (_packedLeft > 0)
            {
                var passed = (int)Math.Min(_packedLeft, count);
                _packedBit += (long)passed * _width;
                _packedLeft -= passed;
                count -= passed;
            }
            else
            {
                ReadHead();
            }
        }
    }

    private void ReadHead()
    {
        var head = Varint.Read(ref _rest);
        var count = head >> 1;
        if (count is 0 or > int.MaxValue)
            throw new InvalidDataException($"a run of {count} values");
        if ((head & 1) != 0)
        {
            var bytes = (long)count * _width;
            if (bytes > _rest.Length)
                throw new InvalidDataException($"{count} groups of {_width} bits in {_rest.Length} bytes");
            _packed = _rest[..(int)bytes];
            (_packedLeft, _packedBit) = ((long)count * GroupValues, 0);
            _rest = _rest[(int)bytes..];
            return;
        }
        var valueBytes = (_width + 7) / 8;
        if (valueBytes > _rest.Length)
            throw new InvalidDataException("a run without its value");
        (_value, _runLeft) = (0, (long)count);
        for (var i = 0; i < valueBytes; i++)
            _value |= (uint)_rest[i] << (8 * i);
        _rest = _rest[valueBytes..];
    }

    private uint Unpack()
    {
        var value = Peek();
        _packedBit += _width;
        _packedLeft--;
        return value;
    }

    private readonly uint Peek()
    {
        var (first, last) = ((int)(_packedBit >> 3), (int)((_packedBit + _width + 7) >> 3));
        if (_packed.Length - first >= sizeof(ulong))
            return (uint)((BinaryPrimitives.ReadUInt64LittleEndian(_packed[first..]) >> (int)(_packedBit & 7)) & ((1UL << _width) - 1));
        var bits = 0UL;
        for (var i = first; i < last; i++)
            bits |= (ulong)_packed[i] << (8 * (i - first));
        return (uint)((bits >> (int)(_packedBit & 7)) & ((1UL << _width) - 1));
    }
}
