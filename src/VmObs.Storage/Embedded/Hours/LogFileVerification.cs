using System.Text;
using System.Text.Json;
using VmObs.Signals;
using VmObs.Signals.Logs;
using VmObs.Storage.Parquet;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Compares a log file's lines with its block table.</summary>
internal sealed class LogFileVerification(string path) : IDisposable
{
    private readonly HourFindings _findings = new(path);
    // As the lines write them, escapes and all, over all blocks; and each one's lines in the present block.
    private readonly TextDictionary _services = new();
    private readonly List<ServiceLines> _lines = [];
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
        _lines.ForEach(static lines => lines.Clear());
        var (first, last) = (long.MaxValue, long.MinValue);
        var lines = 0;
        for (var rest = text; !rest.IsEmpty; lines++)
        {
            var newline = rest.IndexOf((byte)'\n');
            if (newline < 0 || !LogLineHead.TryRead(rest[..newline], out var head))
            {
                _findings.Add($"{Place(block)}, line {lines}", newline < 0 ? "no newline at its end" : "no log document", "a line that holds one SPEC log document");
                return;
            }
            rest = rest[(newline + 1)..];
            if (head.Level.Retention() != block.Class)
                _findings.Add($"{Place(block)}, line {lines}", $"level {head.Level.Name()}", $"a level of class {block.Class}");
            first = Math.Min(first, head.TimestampUnixNanos);
            last = Math.Max(last, head.TimestampUnixNanos);
            LinesOf(head.Service).Add(head.Level, head.TimestampUnixNanos);
            _counts[(int)head.Level]++;
        }
        if (first != block.FirstUnixNanos || last != block.LastUnixNanos)
            _findings.Add(Place(block), $"lines {Describe(first, last)}", $"lines {Describe(block.FirstUnixNanos, block.LastUnixNanos)}, as its table entry says");
        CompareServices(block, lines);
    }

    /// <summary>What was found in all.</summary>
    public LogFileCheck ToCheck() => new(_counts, _counts.Sum(), [.. _lines.Select(static lines => lines.Service).Order(StringComparer.Ordinal)], _isWhole, _findings.ToList());

    /// <inheritdoc/>
    public void Dispose() => _services.Dispose();

    private ServiceLines LinesOf(ReadOnlySpan<byte> service)
    {
        var index = _services.IndexOf(service);
        if (index == _lines.Count)
            _lines.Add(new ServiceLines(Unescaped(service)));
        return _lines[index];
    }

    private static string Unescaped(ReadOnlySpan<byte> text)
    {
        if (!text.Contains((byte)'\\'))
            return Encoding.UTF8.GetString(text);
        var reader = new Utf8JsonReader([(byte)'"', .. text, (byte)'"']);
        try
        {
            reader.Read();
            return reader.GetString()!;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // No service has such a name, so its lines are a finding.
            return Encoding.UTF8.GetString(text);
        }
    }

    private void CompareServices(LogBlock block, int lines)
    {
        var told = block.Services.OrderBy(service => service.Service, StringComparer.Ordinal)
            .Select(service => Describe(service.Service, service.Counts, service.LastUnixNanos));
        var seen = _lines.Where(static lines => lines.Any).OrderBy(static lines => lines.Service, StringComparer.Ordinal)
            .Select(static lines => Describe(lines.Service, lines.Counts, lines.LastUnixNanos));
        var (foundText, toldText) = (string.Join("; ", seen), string.Join("; ", told));
        if (lines != block.Lines || foundText != toldText)
            _findings.Add(Place(block), $"{lines} lines: {foundText}", $"{block.Lines} lines: {toldText}, as its table entry says");
    }

    private static string Place(LogBlock block) => $"block at byte {block.Offset}";

    private static string Describe(long first, long last) => $"from {Rfc3339.Format(first)} to {Rfc3339.Format(last)}";

    private static string Describe(string service, int[] counts, long last) => $"{service} {string.Join('/', counts)} until {Rfc3339.Format(last)}";

    private sealed class ServiceLines(string service)
    {
        public string Service => service;

        public int[] Counts { get; } = new int[Levels.Count];

        public long LastUnixNanos { get; private set; } = long.MinValue;

        public bool Any => LastUnixNanos != long.MinValue;

        public void Add(Level level, long timestampUnixNanos)
        {
            Counts[(int)level]++;
            LastUnixNanos = Math.Max(LastUnixNanos, timestampUnixNanos);
        }

        public void Clear()
        {
            Array.Clear(Counts);
            LastUnixNanos = long.MinValue;
        }
    }
}
