using System.Globalization;
using System.Text.Json;
using VmObs.Signals;
using VmObs.Signals.Logs;
using VmObs.Signals.Ports;

namespace VmObs.Query.Correlation;

/// <summary>Tells what was logged around a time: each kind of line from warn on, and lines of other levels that are rare and were not there before.</summary>
internal static class LogTimeline
{
    /// <summary>Lines that are read at most to know what is usual, and of the window; bounds memory by their shapes.</summary>
    private const int MaxLines = 50_000;
    private const int RareLines = 2;

    public static async Task<List<TimelineEvent>> FindAsync(ILogSource logs, TimelineWindow window, QueryBudget budget, CancellationToken cancellationToken)
    {
        var before = await ShapesAsync(logs, new LogQuery(window.BaselineFromUnixNanos, window.FromUnixNanos) { Limit = MaxLines, MaxLevel = Level.Info }, budget, cancellationToken);
        var query = new LogQuery(window.FromUnixNanos, window.ToUnixNanos + 1) { NewestFirst = false, Limit = MaxLines };
        var rest = await ShapesAsync(logs, query with { MaxLevel = Level.Info }, budget, cancellationToken);
        var grave = await ShapesAsync(logs, query with { MinLevel = Level.Warn }, budget, cancellationToken);
        var events = grave.Values.Select(static shape => shape.ToEvent()).ToList();
        if (rest.Values.Sum(static shape => shape.Lines) < MaxLines)
            events.AddRange(rest.Where(pair => pair.Value.Lines <= RareLines && !before.ContainsKey(pair.Key)).Select(static pair => pair.Value.ToEvent()));
        else
            events.Add(new TimelineEvent(window.FromUnixNanos, EventSource.Log, $"more than {MaxLines} lines below warn: rare ones among them were not looked for; a shorter window has fewer"));
        return events;
    }

    private static async Task<Dictionary<(string Service, string Shape), Shape>> ShapesAsync(ILogSource logs, LogQuery query, QueryBudget budget, CancellationToken cancellationToken)
    {
        var shapes = new Dictionary<(string, string), Shape>();
        await foreach (var record in logs.FindAsync(query, budget, cancellationToken))
        {
            var (service, node, message) = Read(record.Json.Span);
            var key = (service, MessageShape.Of(message));
            if (shapes.TryGetValue(key, out var shape))
                shape.Add(record.TimestampUnixNanos);
            else
                shapes.Add(key, new Shape(record.TimestampUnixNanos, service, node, message));
        }
        return shapes;
    }

    private static (string Service, string Node, string Message) Read(ReadOnlySpan<byte> document)
    {
        string service = "", node = "", message = "";
        var reader = new Utf8JsonReader(document);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isService, isNode, isMessage) = (reader.ValueTextEquals("service"u8), reader.ValueTextEquals("node"u8), reader.ValueTextEquals("message"u8));
            reader.Read();
            if (isService)
                service = reader.GetString() ?? "";
            else if (isNode)
                node = NodeName.ToShort(reader.GetString() ?? "");
            else if (isMessage)
                message = reader.GetString() ?? "";
            else
                reader.Skip();
        }
        return (service, node, message);
    }

    /// <summary>Lines of one service that say the same.</summary>
    private sealed class Shape(long at, string service, string node, string message)
    {
        private readonly long _first = at;
        private long _last = at;

        public int Lines { get; private set; } = 1;

        public void Add(long time)
        {
            Lines++;
            _last = time;
        }

        public TimelineEvent ToEvent()
        {
            var more = Lines == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $" ({Lines} lines until {ClockTime.Of(_last)})");
            return new TimelineEvent(_first, EventSource.Log, $"{service}: \"{message}\"{more}") { Node = node, Service = service };
        }
    }
}
