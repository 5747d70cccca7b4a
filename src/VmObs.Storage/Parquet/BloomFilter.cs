using System.Buffers.Binary;
using System.IO.Hashing;
using System.Numerics;
using System.Runtime.InteropServices;
using VmObs.Signals;

namespace VmObs.Storage.Parquet;

/// <summary>Parquet's split block Bloom filter of the texts of a chunk: of a text that it does not hold it says so mostly, of one that it holds never. Immutable.</summary>
/// <remarks>
/// <code>BloomFilterHeader · blocks of eight u32 · u32 CRC-32 of both</code>
/// A text's XXH64 chooses a block by its upper half, and by its lower half one bit in each of the block's words. The CRC is ours, and nothing in the
/// file points to it: a bit that flips would hide a text. Source: github.com/apache/parquet-format, BloomFilter.md.
/// </remarks>
internal sealed class BloomFilter
{
    /// <summary>Bytes behind what the footer says that a filter has: its CRC.</summary>
    public const int GuardBytes = sizeof(uint);

    // One in ten of the texts that are not there is taken for one that may be; with twice as many bits, which the power of two may come to, one in a hundred.
    private const int MinBitsPerText = 5;
    private const int BlockWords = 8;
    private const int BlockBytes = BlockWords * sizeof(uint);
    private const int BlockAlgorithm = 1, XxHash = 1, Uncompressed = 1;

    private static readonly uint[] s_salt = [0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31];

    private readonly uint[] _words;

    private BloomFilter(uint[] words) => _words = words;

    /// <summary>Bytes that it holds.</summary>
    public long HeldBytes => 50 + (_words.Length * (long)sizeof(uint));

    /// <summary>A filter of some texts.</summary>
    /// <param name="hashes">Of each text its <see cref="Hash"/>.</param>
    public static BloomFilter Of(ReadOnlySpan<ulong> hashes)
    {
        // Some readers take powers of two only.
        var bytes = Math.Max(BlockBytes, BitOperations.RoundUpToPowerOf2((uint)hashes.Length * MinBitsPerText / 8));
        var filter = new BloomFilter(new uint[bytes / sizeof(uint)]);
        foreach (var hash in hashes)
        {
            var block = filter.BlockOf(hash);
            for (var i = 0; i < BlockWords; i++)
                block[i] |= BitOf(hash, i);
        }
        return filter;
    }

    /// <summary>What a filter knows of a text.</summary>
    public static ulong Hash(ReadOnlySpan<byte> text) => XxHash64.HashToUInt64(text);

    /// <summary>Whether a text may be among those of the filter.</summary>
    /// <param name="hash">Its <see cref="Hash"/>.</param>
    public bool MayHold(ulong hash)
    {
        var block = BlockOf(hash);
        for (var i = 0; i < BlockWords; i++)
        {
            if ((block[i] & BitOf(hash, i)) == 0)
                return false;
        }
        return true;
    }

    /// <summary>Appends the filter and its CRC.</summary>
    /// <returns>Bytes without the CRC.</returns>
    public int Write(PooledBuffer destination)
    {
        var start = destination.Length;
        var thrift = new ThriftCompactWriter(destination);
        thrift.BeginStruct();
        thrift.Int32(1, _words.Length * sizeof(uint));
        WriteChoice(thrift, 2, BlockAlgorithm);
        WriteChoice(thrift, 3, XxHash);
        WriteChoice(thrift, 4, Uncompressed);
        thrift.EndStruct();
        // All supported machines are little-endian, as Parquet is.
        destination.Write(MemoryMarshal.AsBytes<uint>(_words));
        var length = destination.Length - start;
        var crc = Crc32.HashToUInt32(destination.Slice(start, length));
        BinaryPrimitives.WriteUInt32LittleEndian(destination.GetSpan(GuardBytes), crc);
        destination.Advance(GuardBytes);
        return length;
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is not what was written.</exception>
    public static BloomFilter Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < GuardBytes || Crc32.HashToUInt32(bytes[..^GuardBytes]) != BinaryPrimitives.ReadUInt32LittleEndian(bytes[^GuardBytes..]))
            throw new InvalidDataException("a Bloom filter that its CRC does not fit");
        var reader = new ThriftReader(bytes[..^GuardBytes]);
        long length = 0;
        for (var id = 0; reader.NextField(ref id, out var type);)
        {
            if (id == 1)
                length = reader.Integer();
            else
                reader.Pass(type);
        }
        var words = bytes[reader.Position..^GuardBytes];
        if (length != words.Length || length is 0 || length % BlockBytes != 0)
            throw new InvalidDataException($"a Bloom filter of {length} bytes where {words.Length} are left");
        return new BloomFilter(MemoryMarshal.Cast<byte, uint>(words).ToArray());
    }

    // A union without content.
    private static void WriteChoice(ThriftCompactWriter thrift, int field, int choice)
    {
        thrift.BeginStruct(field);
        thrift.EmptyStruct(choice);
        thrift.EndStruct();
    }

    private static uint BitOf(ulong hash, int word) => 1u << (int)(unchecked((uint)hash * s_salt[word]) >> 27);

    private Span<uint> BlockOf(ulong hash)
    {
        var blocks = (ulong)(_words.Length / BlockWords);
        return _words.AsSpan((int)(((hash >> 32) * blocks) >> 32) * BlockWords, BlockWords);
    }
}
