using VmObs.Signals;
using VmObs.Signals.Logs;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Compares a log file's lines with its block table.</summary>
internal sealed class LogFileVerification(string path)
{
    private readonly HourFindings _findings = new(path);
    private readonly SortedSet<string> _services = new(StringComparer.Ordinal);
    private readonly long[] _counts = new long[Levels.Count];
    private bool _isWhole = true;

    /// <summary>Notes a block whose text cannot be had.</summary>
    public void Unreadable(LogBlock block, DamagedFileException error)
    {
        _isWhole = false;
        _findings.Add(Place(block), error.Found, error.Expected);
    }

    /// <summary>Compares a block's lines with its entry.</summary>
    public void Block(LogBlock block, ReadOnlySpan<byte> text)
    {
        var found = new SortedDictionary<string, ServiceLines>(StringComparer.Ordinal);
        var (first, last) = (long.MaxValue, long.MinValue);
        var lines = 0;
        for (var rest = text; !rest.IsEmpty; lines++)
        {
            var newline = rest.IndexOf((byte)'\n');
            if (newline < 0 || LogLineFields.TryRead(rest[..newline]) is not { } fields)
            {
                _findings.Add($"{Place(block)}, line {lines}", newline < 0 ? "no newline at its end" : "no log document", "a line that holds one SPEC log document");
                return;
            }
            rest = rest[(newline + 1)..];
            if (fields.Level.Retention() != block.Class)
                _findings.Add($"{Place(block)}, line {lines}", $"level {fields.Level.Name()}", $"a level of class {block.Class}");
            first = Math.Min(first, fields.TimestampUnixNanos);
            last = Math.Max(last, fields.TimestampUnixNanos);
            if (!found.TryGetValue(fields.Service, out var service))
                found.Add(fields.Service, service = new ServiceLines());
            service.Add(fields);
            _counts[(int)fields.Level]++;
            _services.Add(fields.Service);
        }
        if (first != block.FirstUnixNanos || last != block.LastUnixNanos)
            _findings.Add(Place(block), $"lines {Describe(first, last)}", $"lines {Describe(block.FirstUnixNanos, block.LastUnixNanos)}, as its table entry says");
        CompareServices(block, lines, found);
    }

    /// <summary>What was found in all.</summary>
    public LogFileCheck ToCheck() => new(_counts, _counts.Sum(), [.. _services], _isWhole, _findings.ToList());

    private void CompareServices(LogBlock block, int lines, SortedDictionary<string, ServiceLines> found)
    {
        var told = block.Services.OrderBy(service => service.Service, StringComparer.Ordinal)
            .Select(service => Describe(service.Service, service.Counts, service.LastUnixNanos));
        var seen = found.Select(service => Describe(service.Key, service.Value.Counts, service.Value.LastUnixNanos));
        var (foundText, toldText) = (string.Join("; ", seen), string.Join("; ", told));
        if (lines != block.Lines || foundText != toldText)
            _findings.Add(Place(block), $"{lines} lines: {foundText}", $"{block.Lines} lines: {toldText}, as its table entry says");
    }

    private static string Place(LogBlock block) => $"block at byte {block.Offset}";

    private static string Describe(long first, long last) => $"from {Rfc3339.Format(first)} to {Rfc3339.Format(last)}";

    private static string Describe(string service, int[] counts, long last) => $"{service} {string.Join('/', counts)} until {Rfc3339.Format(last)}";

    private sealed class ServiceLines
    {
        public int[] Counts { get; } = new int[Levels.Count];

        public long LastUnixNanos { get; private set; } = long.MinValue;

        public void Add(in LogLineFields fields)
        {
            Counts[(int)fields.Level]++;
            LastUnixNanos = Math.Max(LastUnixNanos, fields.TimestampUnixNanos);
        }
    }
}
