using System.Text;
using CsCheck;
using VmObs.Signals;

namespace VmObs.Tests.Signals;

public sealed class Rfc3339WrittenTests
{
    [Fact]
    public void A_time_is_read_as_it_was_written() =>
        Gen.Select(Gen.Long[-9_000_000_000_000_000_000, 9_000_000_000_000_000_000], Gen.Int[0, 3]).Sample((nanos, digits) =>
        {
            var unit = (long)Math.Pow(1000, digits);
            nanos -= nanos % unit;
            Assert.True(Rfc3339.TryParseWritten(Encoding.ASCII.GetBytes(Rfc3339.Format(nanos)), out var read));
            Assert.Equal(nanos, read);
        }, iter: 20_000);

    [Fact]
    public void A_text_with_any_byte_changed_is_refused_or_read_as_the_strict_reader_reads_it()
    {
        var time = Encoding.ASCII.GetBytes("2024-02-29T23:59:59.123456Z");
        for (var at = 0; at < time.Length; at++)
        {
            for (var value = 0; value < 256; value++)
            {
                var changed = time.ToArray();
                changed[at] = (byte)value;
                if (Rfc3339.TryParseWritten(changed, out var read))
                {
                    Assert.True(Rfc3339.TryParse(Encoding.Latin1.GetString(changed), out var strict));
                    Assert.Equal(strict, read);
                }
            }
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("2025-12-06T14:30:15Z")]
    [InlineData("2025-12-06T14:30:15.1234Z")]
    [InlineData("2025-02-29T14:30:15.123Z")]
    [InlineData("2025-12-06T14:30:15.123+")]
    public void What_the_writer_does_not_write_is_refused(string text) => Assert.False(Rfc3339.TryParseWritten(Encoding.ASCII.GetBytes(text), out _));
}
