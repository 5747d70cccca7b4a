using System.Text;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Signals.Wire;
using VmObs.Signals.Wire.Syslog;

namespace VmObs.Tests.Signals.Wire.Syslog;

public sealed class SyslogReaderTests
{
    [Theory]
    // RFC 5424, section 6.5.
    [InlineData("<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \uFEFF'su root' failed for lonvick on /dev/pts/8",
        "{node=\"mymachine.example.com\",service=\"su\"} 1065910455003000000 Fatal", "\"message\":\"'su root' failed for lonvick on /dev/pts/8\",\"attributes\":{\"facility\":\"auth\",\"msg_id\":\"ID47\"},\"severity_text\":\"crit\"}")]
    [InlineData("<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 myproc 8710 - - %% It's time to make the do-nuts.",
        "{node=\"192.0.2.1\",service=\"myproc\"} 1061727255000003000 Info", "\"attributes\":{\"facility\":\"local4\",\"proc_id\":\"8710\"},\"severity_text\":\"notice\"}")]
    [InlineData("<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut=\"3\" eventSource=\"Application\" eventID=\"1011\"][examplePriority@32473 class=\"high\"]",
        "1065910455003000000 Info", "\"message\":\"\",\"attributes\":{\"facility\":\"local4\",\"msg_id\":\"ID47\",\"structured_data\":{\"exampleSDID@32473\":{\"iut\":\"3\",\"eventSource\":\"Application\",\"eventID\":\"1011\"},\"examplePriority@32473\":{\"class\":\"high\"}}}")]
    [InlineData("<11>1 - - - - - [a b=\"q\\\"s\\\\t\\]u\\x\" b=\"again\"][a c=\"d\"] text", "{node=\"unknown\",service=\"unknown_service\"} 1765031415123000000 Error", "\"structured_data\":{\"a\":{\"b\":\"q\\\"s\\\\t]u\\\\x\"}}")]
    // RFC 3164, section 5.4, and what rsyslog, logger and devices make of it.
    [InlineData("<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8", "{node=\"mymachine\",service=\"su\"} 1760220855000000000 Fatal", "\"message\":\"'su root' failed for lonvick on /dev/pts/8\"")]
    [InlineData("<38>Dec  6 14:30:15 brick-01 sshd[4721]: Accepted publickey", "{node=\"brick-01\",service=\"sshd\"} 1765031415000000000 Info", "\"message\":\"Accepted publickey\",\"attributes\":{\"facility\":\"auth\",\"proc_id\":\"4721\"}}")]
    [InlineData("<13>2025-12-06T14:30:15.123456+01:00 brick-01 root: hello", "{node=\"brick-01\",service=\"root\"} 1765027815123456000 Info", "\"message\":\"hello\"")]
    [InlineData("<13>Dec  6 14:30:15 root: hello", "{node=\"unknown\",service=\"root\"} 1765031415000000000 Info", "\"message\":\"hello\"")]
    [InlineData("<187>Dec  6 2025 14:30:15.250: %LINK-3-UPDOWN: Interface down", "{node=\"unknown\",service=\"%LINK-3-UPDOWN\"} 1765031415250000000 Error", "\"message\":\"Interface down\"")]
    [InlineData("<6>kernel: eth0 up", "{node=\"unknown\",service=\"kernel\"} 1765031415123000000 Info", "\"message\":\"eth0 up\",\"attributes\":{\"facility\":\"kern\"}")]
    [InlineData("<13>Dec  6 14:30:15 h a: ends in a line feed\n", "service=\"a\"", "\"message\":\"ends in a line feed\"")]
    [InlineData("no priority at all", "{node=\"unknown\",service=\"unknown_service\"} 1765031415123000000 Info", "\"message\":\"no priority at all\"")]
    [InlineData("<999>x", "{node=\"unknown\",service=\"unknown_service\"} 1765031415123000000 Info", "\"message\":\"<999>x\"")]
    [InlineData("<13>1 not a 5424 message", "1765031415123000000 Info", "\"message\":\"1 not a 5424 message\"")]
    [InlineData("<13>1 2025-12-06T14:30:15Z h a - - [open text", "1765031415123000000 Info", "\"message\":\"1 2025-12-06T14:30:15Z h a - - [open text\"")]
    public void Parts_are_found(string message, string head, string part)
    {
        var text = Logs(message);
        Assert.Contains(head, text, StringComparison.Ordinal);
        Assert.Contains(part, text, StringComparison.Ordinal);
    }

    [Fact]
    public void Year_is_the_one_in_which_the_time_lies_closest()
    {
        // The arrival is in December 2025.
        Assert.Contains("} 1767225599000000000 ", Logs("<13>Dec 31 23:59:59 h a: m", new IngestRules { MaxAheadNanos = long.MaxValue / 4 }), StringComparison.Ordinal);
        Assert.Contains("} 1767225601000000000 ", Logs("<13>Jan  1 00:00:01 h a: m", new IngestRules { MaxAheadNanos = long.MaxValue / 4 }), StringComparison.Ordinal);
        Assert.Contains("} 1751328000000000000 ", Logs("<13>Jul  1 00:00:00 h a: m"), StringComparison.Ordinal);
        Assert.Contains("} 1709164800000000000 ", Logs("<13>Feb 29 2024 00:00:00 h a: m"), StringComparison.Ordinal);
    }

    [Fact]
    public void Time_without_a_zone_is_in_the_zone_of_the_rules() =>
        Assert.Contains("} 1765027815000000000 ", Logs("<13>Dec  6 14:30:15 h a: m", new IngestRules { SyslogTimeZone = "Europe/Vienna" }), StringComparison.Ordinal);

    [Fact]
    public void Time_ahead_of_the_arrival_is_refused_and_the_next_message_taken()
    {
        var text = Logs(["<13>1 2025-12-06T15:30:15Z h a - - - m", "<13>1 2025-12-06T14:30:15Z h b - - - m"]);
        Assert.Contains("service=\"b\"", text, StringComparison.Ordinal);
        Assert.Contains("refused too_far_ahead=1: log record of \"a\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_bytes_are_messages()
    {
        var random = new Random(5);
        var alphabet = "<>1 34[]=\"\\:-Dec 6T14:30:15Z\n\r\0é"u8.ToArray();
        for (var round = 0; round < 5_000; round++)
        {
            var bytes = new byte[random.Next(1, 60)];
            for (var i = 0; i < bytes.Length; i++)
                bytes[i] = random.Next(10) == 0 ? (byte)random.Next(256) : alphabet[random.Next(alphabet.Length)];
            var text = Wiring.Logs(Framed(bytes), WireFormat.Syslog);
            Assert.Equal(bytes.AsSpan().TrimEnd("\r\n"u8).IsEmpty ? 0 : 1, text.Count(static c => c == '\n'));
        }
    }

    private static string Logs(string message, IngestRules? rules = null) => Logs([message], rules);

    private static string Logs(string[] messages, IngestRules? rules = null) =>
        Wiring.Logs(Framed([.. messages.Select(Encoding.UTF8.GetBytes)]), WireFormat.Syslog, rules);

    private static byte[] Framed(params byte[][] messages)
    {
        using var body = new PooledBuffer();
        foreach (var message in messages)
            SyslogFrames.Append(body, message);
        return body.WrittenSpan.ToArray();
    }
}
