using System.Globalization;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Remains;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Verify;

/// <summary>Takes the records of one sealed hour file, in the form in which the journal brings them, while somebody reads the file.</summary>
/// <remarks>Not thread-safe; files may be read at the same time, each with an object and prints of its own.</remarks>
/// <param name="hour">The file.</param>
/// <param name="prints">Under the run's key.</param>
/// <param name="sink">Takes the records.</param>
/// <param name="settledFrom">Traces of earlier decisions are passed over.</param>
internal sealed class HourRecords(ComparedHour hour, RecordPrints prints, IRecordSink sink, long settledFrom) : ILogBlockSink
{
    private readonly List<string> _findings = [];

    /// <summary>Lines whose id is not one of their service and time.</summary>
    public IReadOnlyList<string> Findings => _findings;

    /// <summary>Whether no more is gone of the file than was known when the journal was replayed.</summary>
    public bool IsAsKnown(RemainsHead? remains) => new ExpiryClasses(remains?.GoneClasses ?? 0) == hour.Gone;

    /// <summary>All of the file was read.</summary>
    /// <param name="path">Absolute path.</param>
    /// <remarks>A live engine may have dropped some of it meanwhile.</remarks>
    public void Complete(string path) => hour.IsRead = GoneOf(path) == hour.Gone;

    /// <summary>What is gone of a file by now.</summary>
    public static ExpiryClasses GoneOf(string path)
    {
        try
        {
            return new ExpiryClasses(RemainsFile.ReadHead(DiskFolder.Posix, path)?.GoneClasses ?? 0);
        }
        catch (DamagedFileException)
        {
            return default;
        }
    }

    /// <summary>Takes a block's lines.</summary>
    public void Closed(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            var end = text.IndexOf((byte)'\n');
            Line(end < 0 ? text : text[..end]);
            text = end < 0 ? default : text[(end + 1)..];
        }
    }

    /// <summary>Takes a series' samples.</summary>
    public void Series(SeriesSamples series)
    {
        var print = prints.OfSeries(series.Key.Span);
        var times = series.TimestampsUnixNanos.Span;
        var values = series.Values.Span;
        for (var i = 0; i < times.Length; i++)
            sink.Take(
                hour, prints.OfSample(print, times[i], values[i], series.Details.Count == 0 ? default : series.DetailOf(i).Span), 0,
                new RecordName(Signal.Metrics, times[i], series.Key.Span));
    }

    /// <summary>Takes a trace.</summary>
    public void Trace(in TraceKey key, in Digest leaf)
    {
        if (key.Decision < settledFrom)
            return;
        Span<byte> name = stackalloc byte[TraceId.Bytes];
        key.Id.Write(name);
        sink.Take(hour, prints.OfTrace(leaf), 0, new RecordName(Signal.Traces, key.Decision, name));
    }

    private void Line(ReadOnlySpan<byte> line)
    {
        // What is no line of ours is a finding of the file's own verification, and missing here.
        if (!LogLineHead.TryRead(line, out var head))
            return;
        Span<byte> time = stackalloc byte[Rfc3339.MaxBytes];
        time = time[..Rfc3339.Format(head.TimestampUnixNanos, time)];
        if (!IsIdOf(head.Id, head.Service, time))
            _findings.Add($"{hour.Statement.StoragePath}: found log_id {System.Text.Encoding.UTF8.GetString(head.Id)}, expected log:{System.Text.Encoding.UTF8.GetString(head.Service)}:{Rfc3339.Format(head.TimestampUnixNanos)} or that with a number");
        // {"log_id":"…","timestamp":"…","level":…
        var tail = line[("{\"log_id\":\"\",\"timestamp\":\"\","u8.Length + head.Id.Length + time.Length)..];
        sink.Take(hour, prints.OfLine(head.TimestampUnixNanos, tail), 0, new RecordName(Signal.Logs, head.TimestampUnixNanos, head.Service) { IsEscaped = true });
    }

    // log:SERVICE:TIME or log:SERVICE:TIME#n
    private static bool IsIdOf(ReadOnlySpan<byte> id, ReadOnlySpan<byte> service, ReadOnlySpan<byte> time)
    {
        if (!id.StartsWith("log:"u8) || !id[4..].StartsWith(service))
            return false;
        var rest = id[(4 + service.Length)..];
        if (rest.IsEmpty || rest[0] != ':' || !rest[1..].StartsWith(time))
            return false;
        rest = rest[(1 + time.Length)..];
        return rest.IsEmpty || (rest[0] == '#' && int.TryParse(rest[1..], NumberStyles.None, CultureInfo.InvariantCulture, out _));
    }
}
