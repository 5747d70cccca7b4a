using System.Text;
using System.Text.Json;
using VmObs.Cli.Output;

namespace VmObs.Cli.Traces;

/// <summary>Draws a trace: a line a span, as a tree, with bars on one axis of time.</summary>
/// <remarks>What the trace waited for is drawn full, other work light; lines of the critical path are marked with an asterisk. Colours tell services
/// apart and say nothing that is not said otherwise.</remarks>
internal sealed class Waterfall
{
    private const int PipedWidth = 132, MinBar = 16, MaxName = 48, MaxService = 32, WideEnoughForNodes = 110;
    private const char Waited = '█', Other = '░';

    private static readonly CellStyle[] s_serviceStyles = [CellStyle.Cyan, CellStyle.Green, CellStyle.Yellow, CellStyle.Blue, CellStyle.Magenta];

    private readonly Terminal _terminal;
    private readonly JsonElement _trace;
    private readonly bool _showsNodes;
    private readonly List<WaterfallRow> _rows;
    private readonly decimal _durationMs;
    private readonly ILookup<string, (decimal FromMs, decimal ToMs)> _path;
    private readonly Dictionary<string, CellStyle> _styles = new(StringComparer.Ordinal);
    private readonly int _name;
    private readonly int _service;
    private readonly int _bar;

    /// <param name="terminal">Where it is drawn.</param>
    /// <param name="trace">The trace's document.</param>
    /// <param name="analysis">Its analysis.</param>
    public Waterfall(Terminal terminal, JsonElement trace, JsonElement analysis)
    {
        (_terminal, _trace) = (terminal, trace);
        _rows = WaterfallRow.Of(trace);
        _durationMs = Math.Max(_rows.Max(row => row.OffsetMs + row.DurationMs), analysis.GetProperty("duration_ms").GetDecimal());
        _path = analysis.GetProperty("critical_path").EnumerateArray().ToLookup(
            piece => piece.Field("span_id"),
            piece => (piece.GetProperty("from_ms").GetDecimal(), piece.GetProperty("from_ms").GetDecimal() + piece.GetProperty("path_ms").GetDecimal()));
        foreach (var row in _rows)
            _styles.TryAdd(row.Span.Field("service"), s_serviceStyles[_styles.Count % s_serviceStyles.Length]);
        var width = terminal.IsPiped ? PipedWidth : terminal.Screen().Width;
        _showsNodes = width >= WideEnoughForNodes;
        _service = Math.Min(Math.Min(MaxService, width / 4), _rows.Max(row => Service(row).Length));
        _name = Math.Min(Math.Min(MaxName, width / 3), _rows.Max(row => row.Guide.Length + Terminal.Plain(row.Span.Field("name")).Length));
        _bar = Math.Max(MinBar, width - _name - _service - (2 * TimeWidth) - 8);
    }

    private static int TimeWidth => "999 min".Length;

    /// <summary>Draws it.</summary>
    public async Task WriteAsync()
    {
        await _terminal.Out.WriteLineAsync(_terminal.Paint(Terminal.Plain(
            $"{_trace.Field("name")}  {_trace.Field("start_time")}  {SpanTime.Format(_trace, "duration_ms")}  {_trace.Field("status")}  {_trace.Field("trace_id")}"), CellStyle.Bold));
        await _terminal.Out.WriteLineAsync(Head());
        foreach (var row in _rows)
            await _terminal.Out.WriteLineAsync(Line(row));
        await _terminal.Out.WriteLineAsync(_terminal.Paint($"* and {Waited}: what the trace waited for (critical path), {Other}: other work", CellStyle.Dim));
    }

    private string Service(WaterfallRow row) => Terminal.Plain(_showsNodes ? $"{row.Span.Field("service")}@{row.Span.Node()}" : row.Span.Field("service"));

    private string Head()
    {
        var (from, to) = ("0 ms", SpanTime.Format(_durationMs));
        return $"  {"SPAN".PadRight(_name)}  {"SERVICE".PadRight(_service)} {"START".PadLeft(TimeWidth)} {"TIME".PadLeft(TimeWidth)}  {from}{to.PadLeft(Math.Max(to.Length, _bar - from.Length))}";
    }

    private string Line(WaterfallRow row)
    {
        var style = _styles[row.Span.Field("service")];
        var line = new StringBuilder();
        line.Append(_path.Contains(row.Id) ? "* " : "  ");
        var name = Fit(row.Guide + Terminal.Plain(row.Span.Field("name")), _name);
        line.Append(_terminal.Paint(name, row.Failed ? CellStyle.Red : CellStyle.Plain)).Append("  ");
        line.Append(_terminal.Paint(Fit(Service(row), _service), style)).Append(' ');
        line.Append(SpanTime.Format(row.OffsetMs).PadLeft(TimeWidth)).Append(' ').Append(SpanTime.Format(row.DurationMs).PadLeft(TimeWidth)).Append("  ");
        var (before, bar) = Bar(row);
        line.Append(' ', before).Append(_terminal.Paint(bar, row.Failed ? CellStyle.Red : style));
        if (row.Failed)
            line.Append(' ', _bar - before - bar.Length).Append(_terminal.Paint($" ERROR {Terminal.Plain(row.Span.Field("status_message"))}".TrimEnd(), CellStyle.Red));
        return line.ToString().TrimEnd();
    }

    private (int Before, string Bar) Bar(WaterfallRow row)
    {
        var (first, end) = Columns(row.OffsetMs, row.OffsetMs + row.DurationMs);
        var cells = new string(Other, end - first).ToCharArray();
        foreach (var (from, to) in _path[row.Id])
        {
            var (waitedFirst, waitedEnd) = Columns(from, to);
            for (var column = Math.Max(first, waitedFirst); column < Math.Min(end, waitedEnd); column++)
                cells[column - first] = Waited;
        }
        return (first, new string(cells));
    }

    // Every span has a column, however short it is.
    private (int First, int End) Columns(decimal fromMs, decimal toMs)
    {
        if (_durationMs == 0)
            return (0, _bar);
        var first = Math.Clamp((int)(fromMs * _bar / _durationMs), 0, _bar - 1);
        return (first, Math.Clamp((int)Math.Ceiling(toMs * _bar / _durationMs), first + 1, _bar));
    }

    private static string Fit(string text, int width) => text.Length <= width ? text.PadRight(width) : string.Concat(text.AsSpan(0, width - 1), "…");
}
