using System.Text;
using System.Text.Json;
using VmObs.Signals.Logs;
using VmObs.Signals.Ports;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Counts lines by service and level. Not thread-safe: each thread has one, and they are added up.</summary>
internal sealed class LogTally : ILogLineSink
{
    private readonly Dictionary<string, long[]> _lines = new(StringComparer.Ordinal);
    // Lines of a service stand together: the last one nearly always comes again.
    private byte[] _lastService = [];
    private long[]? _last;

    /// <inheritdoc/>
    public bool MayTake(long timestampUnixNanos) => true;

    /// <inheritdoc/>
    public void Take(in LogLineHead head, ReadOnlySpan<byte> line)
    {
        if (_last is null || !head.Service.SequenceEqual(_lastService))
        {
            _lastService = head.Service.ToArray();
            _last = Of(Unescape(head.Service));
        }
        _last[(int)head.Level]++;
    }

    /// <summary>Counts a whole block's lines between two levels, both inclusive.</summary>
    public void Add(LogBlock block, string? service, Level min, Level max)
    {
        foreach (var counted in block.Services)
        {
            if (service is not null && counted.Service != service)
                continue;
            var lines = Of(counted.Service);
            for (var level = (int)min; level <= (int)max; level++)
                lines[level] += counted.Counts[level];
        }
    }

    /// <summary>Adds another's lines.</summary>
    public void Add(LogTally other)
    {
        foreach (var (service, counts) in other._lines)
        {
            var lines = Of(service);
            for (var level = 0; level < lines.Length; level++)
                lines[level] += counts[level];
        }
    }

    /// <summary>What was counted.</summary>
    public IReadOnlyList<LogCount> ToCounts() =>
        [.. from service in _lines from level in Enumerable.Range(0, Levels.Count) where service.Value[level] > 0 select new LogCount(service.Key, (Level)level, service.Value[level])];

    private long[] Of(string service)
    {
        if (!_lines.TryGetValue(service, out var lines))
            _lines[service] = lines = new long[Levels.Count];
        return lines;
    }

    private static string Unescape(ReadOnlySpan<byte> written) =>
        written.Contains((byte)'\\') ? JsonElement.Parse([(byte)'"', .. written, (byte)'"']).GetString()! : Encoding.UTF8.GetString(written);
}
