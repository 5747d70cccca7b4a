using System.Text;
using VmObs.Signals.Wire.Syslog;

namespace VmObs.Tests.Signals.Wire.Syslog;

public sealed class SyslogFramesTests
{
    [Theory]
    [InlineData("<13>a\n<13>b\n", "<13>a|<13>b|", "")]
    [InlineData("<13>a\r\n<13>b\0<13>c", "<13>a|<13>b|", "<13>c")]
    [InlineData("5 <13>a6 <13>bc", "<13>a|<13>bc|", "")]
    [InlineData("7 <13>a\nb<13>c\n", "<13>a\nb|<13>c|", "")]
    [InlineData("5 <13", "", "5 <13")]
    [InlineData("12", "", "12")]
    [InlineData("1234567 x\n", "1234567 x|", "")]
    [InlineData("12x\n", "12x|", "")]
    [InlineData("\n\n", "||", "")]
    public void Messages_are_taken_out_of_a_stream(string stream, string messages, string rest) => Assert.Equal((messages, rest), Take(Encoding.ASCII.GetBytes(stream), isEnd: false));

    [Theory]
    [InlineData("<13>a", "<13>a|")]
    [InlineData("9 <13>a", "<13>a|")]
    [InlineData("12", "12|")]
    [InlineData("9 ", "")]
    public void What_is_left_at_the_end_is_the_last_message(string stream, string messages) => Assert.Equal(messages, Take(Encoding.ASCII.GetBytes(stream), isEnd: true).Messages);

    [Fact]
    public void Stream_without_an_end_is_cut()
    {
        var bytes = new byte[3 * SyslogFrames.MaxMessageBytes];
        bytes.AsSpan().Fill((byte)'x');
        Assert.True(SyslogFrames.TryTake(bytes, isEnd: false, out var message, out var consumed));
        Assert.Equal((SyslogFrames.MaxMessageBytes, SyslogFrames.MaxMessageBytes), (message.Length, consumed));
        byte[] counted = [.. "999999 "u8, .. bytes];
        Assert.True(SyslogFrames.TryTake(counted, isEnd: false, out message, out consumed));
        Assert.Equal((SyslogFrames.MaxMessageBytes, SyslogFrames.MaxMessageBytes + 7), (message.Length, consumed));
    }

    private static (string Messages, string Left) Take(ReadOnlySpan<byte> stream, bool isEnd)
    {
        var messages = new StringBuilder();
        while (SyslogFrames.TryTake(stream, isEnd, out var message, out var consumed))
        {
            Assert.InRange(consumed, 1, stream.Length);
            messages.Append(Encoding.ASCII.GetString(message)).Append('|');
            stream = stream[consumed..];
        }
        return (messages.ToString(), Encoding.ASCII.GetString(stream));
    }
}
