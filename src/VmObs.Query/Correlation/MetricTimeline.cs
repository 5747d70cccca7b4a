using System.Globalization;
using System.Text;
using VmObs.Signals.Labels;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;

namespace VmObs.Query.Correlation;

/// <summary>Tells which series left their usual level around a time.</summary>
internal static class MetricTimeline
{
    /// <summary>Marks that people watch; told of when a rising percentage passes them.</summary>
    private static readonly double[] s_percentMarks = [80, 90, 95];

    /// <summary>The events of all series; each is looked at by itself and let go.</summary>
    public static async Task<List<TimelineEvent>> FindAsync(IMetricSource metrics, TimelineWindow window, QueryBudget budget, CancellationToken cancellationToken)
    {
        var events = new List<TimelineEvent>();
        var query = new MetricQuery(window.BaselineFromUnixNanos, window.AftermathToUnixNanos + 1, []) { Budget = budget };
        await foreach (var series in metrics.SelectAsync(query, cancellationToken))
            AddEvents(events, series, window);
        return events;
    }

    private static void AddEvents(List<TimelineEvent> events, SeriesSamples series, TimelineWindow window)
    {
        var name = TextOf(series, "__name__"u8);
        if (!IsLevel(series.Kind, name))
            return;
        var times = series.TimestampsUnixNanos.Span;
        var values = series.Values.Span;
        var shifts = ShiftDetector.Find(times, values, IsCounter(series.Kind, name, values), window);
        if (shifts.Count == 0)
            return;
        var node = TextOf(series, "node"u8);
        var told = new TimelineEvent(0, EventSource.Metric, "") { Node = node.Length == 0 ? null : node, Service = TextOf(series, "service"u8), Reference = name };
        foreach (var shift in shifts)
            events.Add(told with { AtUnixNanos = Math.Max(shift.AtUnixNanos, window.FromUnixNanos), Text = $"{node} {name} {Words(shift.Kind)}".TrimStart() });
        if (!name.EndsWith("_percent", StringComparison.Ordinal) || shifts[0].Kind != ShiftKind.Rise)
            return;
        foreach (var mark in s_percentMarks)
            if (CrossingOf(times, values, mark, window) is { } at)
                events.Add(told with { AtUnixNanos = at, Text = string.Create(CultureInfo.InvariantCulture, $"{node} {name} crosses {mark}%").TrimStart() });
    }

    private static string Words(ShiftKind kind) => kind switch { ShiftKind.Rise => "starts rising", ShiftKind.Low => "low", _ => "back at its usual level" };

    /// <summary>Parts of histograms and summaries move by the hundred when their one program does.</summary>
    private static bool IsLevel(MetricKind kind, string name) =>
        kind is MetricKind.Unknown or MetricKind.Gauge or MetricKind.Counter or MetricKind.UpDownCounter or MetricKind.DeltaCounter && !name.EndsWith("_bucket", StringComparison.Ordinal);

    /// <summary>A sender who does not say: what is called a total, or only ever grows.</summary>
    private static bool IsCounter(MetricKind kind, string name, ReadOnlySpan<double> values)
    {
        if (kind != MetricKind.Unknown)
            return kind == MetricKind.Counter;
        if (name.EndsWith("_total", StringComparison.Ordinal))
            return true;
        var (rises, falls) = (0, 0);
        for (var i = 1; i < values.Length; i++)
        {
            rises += values[i] > values[i - 1] ? 1 : 0;
            falls += values[i] < values[i - 1] ? 1 : 0;
        }
        // A restart is a fall.
        return rises > values.Length / 2 && falls <= values.Length / 100;
    }

    private static long? CrossingOf(ReadOnlySpan<long> times, ReadOnlySpan<double> values, double mark, TimelineWindow window)
    {
        for (var i = 1; i < times.Length; i++)
            if (values[i] >= mark && values[i - 1] < mark && window.Contains(times[i]))
                return times[i];
        return null;
    }

    private static string TextOf(SeriesSamples series, ReadOnlySpan<byte> label) => Encoding.UTF8.GetString(LabelKey.ValueOf(series.Key.Span, label));
}
