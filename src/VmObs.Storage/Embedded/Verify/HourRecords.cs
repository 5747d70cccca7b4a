using System.Globalization;
using VmObs.Signals;
using VmObs.Signals.Traces;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Verify;

/// <summary>Reads the records of sealed hour files, in the form in which the journal brings them.</summary>
internal sealed class HourRecords(string dataFolder, RecordPrints prints, IRecordSink sink)
{
    private readonly List<string> _findings = [];

    /// <summary>Lines whose id is not one of their service and time.</summary>
    public IReadOnlyList<string> Findings => _findings;

    /// <summary>Reads what remains of a file.</summary>
    /// <param name="hour">The file.</param>
    /// <param name="settledFrom">Traces of earlier decisions are passed over.</param>
    /// <returns>Whether it could be read, and more is not gone of it than was known.</returns>
    public bool TryRead(ComparedHour hour, long settledFrom)
    {
        var found = _findings.Count;
        try
        {
            using var file = SealedFile.Open(DiskFolder.Posix, hour.Name.PathIn(dataFolder));
            if (!IsAsKnown(file, hour))
                return false;
            Read(hour, file, settledFrom);
            // A live engine may have dropped some of it meanwhile.
            file.LookAgain();
            return IsAsKnown(file, hour);
        }
        catch (IOException)
        {
            // What the file itself should be is verified beside this, and said there.
            _findings.RemoveRange(found, _findings.Count - found);
            return false;
        }
    }

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

    private static bool IsAsKnown(SealedFile file, ComparedHour hour) => new ExpiryClasses(file.Remains?.GoneClasses ?? 0) == hour.Gone;

    private void Read(ComparedHour hour, SealedFile file, long settledFrom)
    {
        if (hour.Name.Signal == Signal.Logs)
            ReadLines(hour, file);
        else if (hour.Name.Signal == Signal.Metrics)
            ReadSamples(hour, file);
        else
            ReadTraces(hour, file, settledFrom);
    }

    private void ReadLines(ComparedHour hour, SealedFile file)
    {
        using var text = new PooledBuffer(LogFileWriter.BlockTextBytes * 2);
        foreach (var block in LogFileReader.ReadTable(file.File))
        {
            if (file.IsGone(block.Offset, block.Length))
                continue;
            text.Clear();
            LogFileReader.ReadBlock(file.File, block, text);
            for (var rest = text.WrittenSpan; !rest.IsEmpty;)
            {
                var end = rest.IndexOf((byte)'\n');
                ReadLine(hour, end < 0 ? rest : rest[..end]);
                rest = end < 0 ? default : rest[(end + 1)..];
            }
        }
    }

    private void ReadLine(ComparedHour hour, ReadOnlySpan<byte> line)
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

    private void ReadSamples(ComparedHour hour, SealedFile file)
    {
        foreach (var series in MetricFileReader.ReadAll(file.File))
        {
            var print = prints.OfSeries(series.Key.Span);
            var times = series.TimestampsUnixNanos.Span;
            var values = series.Values.Span;
            for (var i = 0; i < times.Length; i++)
                sink.Take(
                    hour, prints.OfSample(print, times[i], values[i], series.Details.Count == 0 ? default : series.DetailOf(i).Span), 0,
                    new RecordName(Signal.Metrics, times[i], series.Key.Span));
        }
    }

    private void ReadTraces(ComparedHour hour, SealedFile file, long settledFrom)
    {
        Span<byte> name = stackalloc byte[TraceId.Bytes];
        foreach (var (key, leaf) in TraceFileReader.Verify(file.File, file.Remains).Leaves)
        {
            if (key.Decision < settledFrom)
                continue;
            key.Id.Write(name);
            sink.Take(hour, prints.OfTrace(leaf), 0, new RecordName(Signal.Traces, key.Decision, name));
        }
    }
}
