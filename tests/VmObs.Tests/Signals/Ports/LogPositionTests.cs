using System.Text;
using CsCheck;
using VmObs.Signals.Logs;
using VmObs.Signals.Ports;

namespace VmObs.Tests.Signals.Ports;

public sealed class LogPositionTests
{
    [Fact]
    public void A_cursor_is_read_as_it_was_written() =>
        Gen.Select(Gen.Long, Gen.Byte.Array[1, 100]).Sample((time, id) =>
        {
            var position = new LogPosition(time, id);
            Assert.Equal(position, LogPosition.TryParse(position.ToString()));
        });

    [Theory]
    [InlineData("")]
    [InlineData("AAAA")]
    [InlineData("AAAAAAAAAAA")]
    [InlineData("not base64!")]
    public void What_is_no_cursor_is_none(string text) => Assert.Null(LogPosition.TryParse(text));

    [Fact]
    public void The_place_of_a_record_is_its_time_and_its_id_as_written()
    {
        var json = Encoding.UTF8.GetBytes("""{"log_id":"log:a \"b\"\\:2025","timestamp":"…"}""");
        var position = LogPosition.Of(new LogRecord(7, Level.Info, json));
        Assert.Equal("""log:a \"b\"\\:2025""", Encoding.UTF8.GetString(position.Id.Span));
        Assert.True(position.CompareTo(7, """log:a \"b\"\\:2026"""u8) < 0);
        Assert.True(position.CompareTo(6, "z"u8) > 0);
        Assert.Throws<FormatException>(() => LogPosition.Of(new LogRecord(7, Level.Info, Encoding.UTF8.GetBytes("""{"timestamp":""}"""))));
    }
}
