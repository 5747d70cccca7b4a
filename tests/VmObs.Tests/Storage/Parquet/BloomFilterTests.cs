using System.Text;
using CsCheck;
using VmObs.Signals;
using VmObs.Storage.Parquet;

namespace VmObs.Tests.Storage.Parquet;

public sealed class BloomFilterTests
{
    [Fact]
    public void It_holds_every_text_that_it_is_of_and_few_others() =>
        Gen.Select(Gen.Int[0, 3000], Gen.Int).Sample((count, seed) =>
        {
            var filter = BloomFilter.Of([.. Enumerable.Range(0, count).Select(i => Hash(seed, i))]);
            Assert.All(Enumerable.Range(0, count), i => Assert.True(filter.MayHold(Hash(seed, i))));
            Assert.InRange(Enumerable.Range(count, 2000).Count(i => filter.MayHold(Hash(seed, i))), 0, 2000 / 5);
        }, iter: 30);

    [Fact]
    public void It_is_written_and_read_and_a_flipped_bit_is_damage() =>
        Gen.Int[0, 200].Sample(count =>
        {
            using var bytes = new PooledBuffer();
            bytes.Write("before"u8);
            var filter = BloomFilter.Of([.. Enumerable.Range(0, count).Select(i => Hash(1, i))]);
            var length = filter.Write(bytes);
            var written = bytes.WrittenSpan[6..].ToArray();
            Assert.Equal(length + BloomFilter.GuardBytes, written.Length);
            var read = BloomFilter.Read(written);
            Assert.Equal(filter.HeldBytes, read.HeldBytes);
            Assert.All(Enumerable.Range(0, 1000), i => Assert.Equal(filter.MayHold(Hash(1, i)), read.MayHold(Hash(1, i))));
            for (var at = 0; at < written.Length; at++)
            {
                written[at] ^= (byte)(1 << (at % 8));
                Assert.Throws<InvalidDataException>(() => BloomFilter.Read(written));
                written[at] ^= (byte)(1 << (at % 8));
            }
        }, iter: 20);

    private static ulong Hash(int seed, int i) => BloomFilter.Hash(Encoding.UTF8.GetBytes($"{seed} {i}"));
}
