using System.IO.Compression;
using System.Text;
using CsCheck;
using VmObs.Storage.Deflate;

namespace VmObs.Tests.Storage.Deflate;

/// <summary>Against zlib: the same texts from the same streams, and the same streams refused.</summary>
public sealed class InflaterTests
{
    private static readonly Gen<byte[]> s_text = Gen.OneOf(
        Gen.Byte.Array[0, 2_000],
        Gen.Byte[0, 3].Array[0, 5_000],
        Gen.Const((byte)'a').Array[0, 70_000],
        OneOf("anchor", "failed", "cycle", " ", "12", "{\"log_id\":\"", "\"}\n").Array[0, 6_000].Select(words => Encoding.UTF8.GetBytes(string.Concat(words))),
        Gen.Select(Gen.Byte.Array[1, 40], Gen.Int[0, 4_000]).Select((pattern, times) => Enumerable.Range(0, times).SelectMany(i => i % 7 == 0 ? pattern[..(i % pattern.Length)] : pattern).ToArray()));

    private static readonly Gen<(CompressionLevel Level, ZLibCompressionStrategy Strategy)> s_way = Gen.Select(
        OneOf(CompressionLevel.NoCompression, CompressionLevel.Fastest, CompressionLevel.Optimal, CompressionLevel.SmallestSize),
        OneOf(
            ZLibCompressionStrategy.Default, ZLibCompressionStrategy.Filtered, ZLibCompressionStrategy.Fixed, ZLibCompressionStrategy.HuffmanOnly, ZLibCompressionStrategy.RunLengthEncoding));

    [Fact]
    public void What_zlib_deflated_in_any_way_is_inflated() => Gen.Select(s_text, s_way).Sample((text, way) =>
        Assert.Equal(text, Inflate(Deflate(text, way), text.Length)), iter: 300);

    [Fact]
    public void A_stream_that_was_changed_or_cut_is_what_zlib_says_it_is() =>
        Gen.Select(s_text, s_way, Gen.Int[0, int.MaxValue], Gen.Byte, Gen.Bool).Sample((text, way, place, value, isCut) =>
        {
            var stream = Deflate(text, way);
            stream[place % stream.Length] = value;
            if (isCut)
                stream = stream[..(place % stream.Length)];
            var room = text.Length + 1_000;
            var (expected, found) = (InflateByZlib(stream, room), TryInflate(stream, room));
            Assert.Equal(expected is null, found is null);
            Assert.Equal(expected, found);
        }, iter: 3_000);

    [Fact]
    public void Bytes_of_chance_are_what_zlib_says_they_are() => Gen.Byte.Array[0, 60].Sample(stream =>
    {
        var (expected, found) = (InflateByZlib(stream, 100_000), TryInflate(stream, 100_000));
        Assert.Equal(expected is null, found is null);
        Assert.Equal(expected, found);
    }, iter: 20_000);

    [Fact]
    public void Many_blocks_and_long_codes_are_inflated()
    {
        // Frequencies of Fibonacci's numbers make codes of the greatest length; a flush begins a block.
        using var stream = new MemoryStream();
        var text = new List<byte>();
        using (var deflate = new DeflateStream(stream, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            var random = new Random(1);
            for (var block = 0; block < 5; block++)
            {
                var part = new List<byte>();
                for (var (symbol, count, before) = (0, 1, 1); symbol < 22; symbol++, (count, before) = (count + before, count))
                    part.AddRange(Enumerable.Repeat((byte)(symbol + block), count));
                var shuffled = part.ToArray();
                random.Shuffle(shuffled);
                deflate.Write(shuffled);
                deflate.Flush();
                text.AddRange(shuffled);
            }
        }
        Assert.Equal(text, Inflate(stream.ToArray(), text.Count));
    }

    [Fact]
    public void A_text_without_room_is_refused_and_nothing_behind_the_room_is_written()
    {
        var text = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("anchor cycle failed ", 500)));
        var stream = Deflate(text, (CompressionLevel.Optimal, ZLibCompressionStrategy.Default));
        for (var room = 0; room < text.Length; room += 13)
        {
            var whole = new byte[room + Inflater.DestinationSlack + 64];
            Assert.Throws<InvalidDataException>(() => new Inflater().Inflate([.. stream, .. new byte[Inflater.SourceSlack]], whole.AsSpan(0, room + Inflater.DestinationSlack)));
            Assert.Equal(-1, whole.AsSpan(room + Inflater.DestinationSlack).IndexOfAnyExcept((byte)0));
        }
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    private static byte[] Deflate(byte[] text, (CompressionLevel Level, ZLibCompressionStrategy Strategy) way)
    {
        using var stream = new MemoryStream();
        var level = way.Level switch { CompressionLevel.NoCompression => 0, CompressionLevel.Fastest => 1, CompressionLevel.Optimal => 6, _ => 9 };
        using (var deflate = new DeflateStream(stream, new ZLibCompressionOptions { CompressionLevel = level, CompressionStrategy = way.Strategy }, leaveOpen: true))
            deflate.Write(text);
        // Nothing deflated is nothing written.
        return stream.Length == 0 ? [0x03, 0x00] : stream.ToArray();
    }

    // Slack of chance: what lies there is looked at and must not count.
    private static byte[] Inflate(byte[] stream, int room)
    {
        var text = new byte[room + Inflater.DestinationSlack];
        return text[..new Inflater().Inflate([.. stream, .. Enumerable.Repeat((byte)0xA5, Inflater.SourceSlack)], text)];
    }

    private static byte[]? TryInflate(byte[] stream, int room)
    {
        try
        {
            return Inflate(stream, room);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <returns>Null where it is no stream that ends with its last byte, or its text has no room.</returns>
    private static byte[]? InflateByZlib(byte[] stream, int room)
    {
        var source = new LastByteApart(stream);
        var text = new byte[room + 1];
        try
        {
            using var deflate = new DeflateStream(source, CompressionMode.Decompress);
            var length = deflate.ReadAtLeast(text, text.Length, throwOnEndOfStream: false);
            // .NET takes a stream that is cut off for one that ends.
            return length <= room && source.IsReadWhole && !source.WasAskedForMore ? text[..length] : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Hands out the last byte by itself: an inflater that never asks for it has found the end before; one that asks for more has not found it.</summary>
    private sealed class LastByteApart(byte[] bytes) : MemoryStream(bytes)
    {
        private readonly byte[] _bytes = bytes;

        public bool IsReadWhole => Position == Length;

        public bool WasAskedForMore { get; private set; }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            WasAskedForMore |= IsReadWhole;
            var ready = Math.Max(Length - 1 - Position, IsReadWhole ? 0 : Position == Length - 1 ? 1 : 0);
            var count = (int)Math.Min(buffer.Length, ready);
            _bytes.AsSpan((int)Position, count).CopyTo(buffer);
            Position += count;
            return count;
        }
    }
}
