namespace VmObs.Fuzz;

/// <summary>Makes new inputs of known ones: the customary mutations of coverage-guided fuzzers.</summary>
internal sealed class Mutator(Random random)
{
    /// <summary>An input never grows beyond this: what breaks a reader breaks it with few bytes.</summary>
    public const int MaxBytes = 16 * 1024;

    private static readonly ulong[] s_numbers = [0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, ulong.MaxValue];

    private readonly byte[] _bytes = new byte[2 * MaxBytes];
    private int _length;

    /// <summary>A mutation of one input, maybe spliced with another. Valid until the next call.</summary>
    public ReadOnlyMemory<byte> Next(IReadOnlyList<byte[]> corpus)
    {
        var from = Pick(corpus);
        _length = from.Length;
        from.CopyTo(_bytes, 0);
        for (var rounds = 1 << random.Next(5); rounds > 0; rounds--)
            Mutate(corpus);
        return _bytes.AsMemory(0, _length);
    }

    // Of two the shorter: long inputs are kept for having many of everything, and cost most of the time.
    private byte[] Pick(IReadOnlyList<byte[]> corpus)
    {
        var (one, other) = (corpus[random.Next(corpus.Count)], corpus[random.Next(corpus.Count)]);
        return one.Length <= other.Length ? one : other;
    }

    private void Mutate(IReadOnlyList<byte[]> corpus)
    {
        var at = _length == 0 ? 0 : random.Next(_length);
        switch (random.Next(_length == 0 ? 2 : 11))
        {
            case 0: Insert(at, RandomBytes(1 + random.Next(8))); break;
            case 1: Splice(corpus[random.Next(corpus.Count)]); break;
            case 2: _bytes[at] ^= (byte)(1 << random.Next(8)); break;
            case 3: _bytes[at] = (byte)random.Next(256); break;
            case 4: _bytes[at] += (byte)(random.Next(35) - 17); break;
            case 5: Remove(at, 1 + random.Next(Math.Min(_length - at, 64))); break;
            case 6: Duplicate(at); break;
            case 7: Overwrite(at, Number()); break;
            case 8: Insert(at, Varint()); break;
            case 9: Overwrite(at, _bytes.AsSpan(random.Next(_length), 1).ToArray()); break;
            default: _length = at; break;
        }
    }

    private void Duplicate(int at)
    {
        var from = random.Next(_length);
        var length = 1 + random.Next(Math.Min(_length - from, 128));
        var part = _bytes.AsSpan(from, length).ToArray();
        for (var times = random.Next(8) == 0 ? 20 : 1; times > 0; times--)
            Insert(at, part);
    }

    private void Splice(byte[] other)
    {
        if (other.Length == 0)
            return;
        var from = random.Next(other.Length);
        Insert(_length == 0 ? 0 : random.Next(_length), other.AsSpan(from, Math.Min(other.Length - from, 1 + random.Next(512))));
    }

    private void Insert(int at, ReadOnlySpan<byte> part)
    {
        if (_length + part.Length > MaxBytes)
            return;
        _bytes.AsSpan(at, _length - at).CopyTo(_bytes.AsSpan(at + part.Length));
        part.CopyTo(_bytes.AsSpan(at));
        _length += part.Length;
    }

    private void Remove(int at, int count)
    {
        _bytes.AsSpan(at + count, _length - at - count).CopyTo(_bytes.AsSpan(at));
        _length -= count;
    }

    private void Overwrite(int at, ReadOnlySpan<byte> part) => part[..Math.Min(part.Length, _length - at)].CopyTo(_bytes.AsSpan(at));

    private byte[] RandomBytes(int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    private byte[] Number()
    {
        var bytes = BitConverter.GetBytes(s_numbers[random.Next(s_numbers.Length)]);
        if (random.Next(2) == 0)
            Array.Reverse(bytes);
        return random.Next(3) switch { 0 => bytes, 1 => bytes[..4], _ => bytes[4..] };
    }

    private byte[] Varint()
    {
        var value = s_numbers[random.Next(s_numbers.Length)];
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
