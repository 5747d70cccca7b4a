using CsCheck;
using VmObs.Signals;
using VmObs.Storage.Parquet;

namespace VmObs.Tests.Storage.Parquet;

public sealed class RleBitPackedDecoderTests
{
    [Fact]
    public void What_stands_behind_values_that_are_passed_over_is_what_reading_them_comes_to() =>
        Gen.Select(Gen.Int[1, 20], Gen.Select(Gen.Int[0, (1 << 20) - 1], Gen.OneOf(Gen.Const(1), Gen.Int[1, 40])).Array[1, 50], Gen.Int[0, 30].Array[1, 20]).Sample((width, runs, steps) =>
        {
            using var bytes = new PooledBuffer();
            var encoder = new RleBitPackedEncoder(bytes);
            encoder.Begin(width);
            var expected = new List<uint>();
            foreach (var (value, rows) in runs)
            {
                encoder.Add(value & ((1 << width) - 1), rows);
                expected.AddRange(Enumerable.Repeat((uint)(value & ((1 << width) - 1)), rows));
            }
            encoder.End();
            var decoder = new RleBitPackedDecoder(bytes.WrittenSpan, width);
            // By turns values are passed over and read.
            for (var (at, step) = (0, 0); at < expected.Count; step++)
            {
                var count = Math.Min(steps[step % steps.Length] + (steps.Length == 1 ? 1 : step % 2), expected.Count - at);
                if (step % 2 == 0)
                    decoder.Skip(count);
                for (var left = step % 2 == 0 ? 0 : count; left > 0;)
                {
                    var read = decoder.Next(left, out var value);
                    Assert.All(expected.Slice(at + count - left, read), wanted => Assert.Equal(wanted, value));
                    left -= read;
                }
                at += count;
            }
        }, iter: 300);

    [Fact]
    public void Passing_over_more_values_than_there_are_is_damage()
    {
        Assert.Throws<FormatException>(() => new RleBitPackedDecoder([0x06, 0x01], 1).Skip(4));
        new RleBitPackedDecoder([0x06, 0x01], 1).Skip(3);
    }
}
