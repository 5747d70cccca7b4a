using VmObs.Signals;

namespace VmObs.Storage.Embedded.Head;

/// <summary>Puts a log record's document together: id and time, then the tail that its reader rendered.</summary>
internal static class LogLine
{
    /// <summary>Appends <c>{"log_id":"log:SERVICE:TIME[#n]","timestamp":"TIME",</c> and the tail.</summary>
    public static void Write(PooledBuffer destination, ReadOnlySpan<byte> escapedService, in LogRun.Line line)
    {
        Span<byte> time = stackalloc byte[Rfc3339.MaxBytes];
        time = time[..Rfc3339.Format(line.TimestampUnixNanos, time)];
        destination.Write("{\"log_id\":\"log:"u8);
        destination.Write(escapedService);
        destination.WriteByte((byte)':');
        destination.Write(time);
        if (line.Ordinal > 0)
        {
            destination.WriteByte((byte)'#');
            line.Ordinal.TryFormat(destination.GetSpan(11), out var digits);
            destination.Advance(digits);
        }
        destination.Write("\",\"timestamp\":\""u8);
        destination.Write(time);
        destination.Write("\","u8);
        destination.Write(line.Tail.Span);
    }
}
