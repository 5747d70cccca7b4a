using System.Globalization;
using System.Text.Json;
using VmObs.Cli.Charts;
using VmObs.Cli.Output;
using VmObs.Signals;

namespace VmObs.Cli;

/// <summary>Samples for people: a chart of the first series, then a line a series with its last, smallest, largest and average value.</summary>
/// <remarks>Holds 16 bytes a sample.</remarks>
internal sealed class MetricSummary
{
    // By metric and labels, in the order in which they come.
    private readonly Dictionary<string, Line> _lines = new(StringComparer.Ordinal);

    /// <summary>Samples taken.</summary>
    public long Samples { get; private set; }

    /// <summary>Takes a sample's document.</summary>
    public void Add(string json)
    {
        using var document = JsonDocument.Parse(json);
        var sample = document.RootElement;
        var identity = sample.Field("metric") + sample.Field("labels");
        if (!_lines.TryGetValue(identity, out var line))
            _lines.Add(identity, line = new Line(sample.Field("metric"), sample.Node(), sample.Field("service"), Labels(sample), sample.Field("unit")));
        if (Rfc3339.TryParse(sample.Field("timestamp"), out var time))
            line.Points.Add((time, Number(sample.Field("value"))));
        Samples++;
    }

    /// <summary>Shows what was taken.</summary>
    public async Task WriteAsync(Terminal terminal)
    {
        var lines = _lines.Values.ToList();
        if (lines.Count == 0)
            return;
        if (!terminal.IsPiped)
            await WriteChartAsync(terminal, lines);
        var table = new TableWriter(terminal, "METRIC", "NODE", "SERVICE", "LABELS", "LAST", "MIN", "MAX", "AVG", "SAMPLES", "UNIT");
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i];
            var isDrawn = !terminal.IsPiped && i < LineChart.MaxSeries;
            await table.AddAsync(
                (isDrawn ? $"━ {line.Metric}" : line.Metric, isDrawn ? LineChart.StyleOf(i) : CellStyle.Plain), (line.Node, CellStyle.Plain),
                (line.Service, CellStyle.Plain), (line.Labels, CellStyle.Dim), (ValueText.Format(line.Points[^1].Value), CellStyle.Bold),
                (ValueText.Format(line.Finite.DefaultIfEmpty(double.NaN).Min()), CellStyle.Plain), (ValueText.Format(line.Finite.DefaultIfEmpty(double.NaN).Max()), CellStyle.Plain),
                (ValueText.Format(line.Finite.DefaultIfEmpty(double.NaN).Average()), CellStyle.Plain),
                (line.Points.Count.ToString(CultureInfo.InvariantCulture), CellStyle.Plain), (line.Unit, CellStyle.Plain));
        }
        await table.FlushAsync();
    }

    /// <summary>A sample's labels beside those that have columns of their own.</summary>
    public static string Labels(JsonElement sample) =>
        string.Join(", ", sample.GetProperty("labels").EnumerateObject().Where(static label => label.Name is not ("node" or "service")).Select(static label => $"{label.Name}={label.Value}"));

    private static async Task WriteChartAsync(Terminal terminal, List<Line> lines)
    {
        var names = lines.Select(static line => line.Metric).Distinct().ToList();
        var title = names.Count == 1 ? names[0] + (lines[0].Unit.Length > 0 ? $" ({lines[0].Unit})" : "") : $"{names.Count} metrics";
        await terminal.Out.WriteLineAsync(terminal.Paint(Terminal.Plain(title), CellStyle.Bold));
        foreach (var line in LineChart.Draw(terminal, [.. lines.Take(LineChart.MaxSeries).Select(static line => new ChartSeries(line.Points))]))
            await terminal.Out.WriteLineAsync(line);
        if (lines.Count > LineChart.MaxSeries)
            await terminal.Out.WriteLineAsync($"drawn are the first {LineChart.MaxSeries} of {lines.Count} series");
        await terminal.Out.WriteLineAsync();
    }

    private static double Number(string text) => text switch
    {
        "NaN" => double.NaN,
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        _ => double.Parse(text, CultureInfo.InvariantCulture),
    };

    private sealed record Line(string Metric, string Node, string Service, string Labels, string Unit)
    {
        public List<(long UnixNanos, double Value)> Points { get; } = [];

        public IEnumerable<double> Finite => Points.Select(static point => point.Value).Where(double.IsFinite);
    }
}
