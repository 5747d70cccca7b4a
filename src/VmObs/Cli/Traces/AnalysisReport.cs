using System.Text.Json;
using VmObs.Cli.Output;

namespace VmObs.Cli.Traces;

/// <summary>Tells a person where a trace's time went.</summary>
internal sealed class AnalysisReport(Terminal terminal, JsonElement analysis)
{
    /// <summary>Writes it.</summary>
    /// <param name="withBottleneck">Whether the bottleneck comes first, and what such spans usually take.</param>
    public async Task WriteAsync(bool withBottleneck)
    {
        await terminal.Out.WriteLineAsync(terminal.Paint(
            Terminal.Plain($"{analysis.Field("trace_id")}  {SpanTime.Format(Milliseconds(analysis, "duration_ms"))}  {analysis.Field("span_count")} spans"), CellStyle.Bold));
        if (withBottleneck)
            await WriteBottleneckAsync(analysis.GetProperty("bottleneck"));
        await WriteTableAsync("critical path, in order of time", "critical_path", ["FROM", "TIME", "SHARE", "SERVICE", "SPAN", "NODE"], static piece =>
        [
            SpanTime.Format(Milliseconds(piece, "from_ms")), SpanTime.Format(Milliseconds(piece, "path_ms")), SpanTime.Share(Milliseconds(piece, "share")),
            piece.Field("service"), piece.Field("span_id").Length == 0 ? "(no span ran)" : piece.Field("name"), piece.Node(),
        ]);
        await WriteTableAsync("by span", "operations", ["WAITED FOR", "SHARE", "SELF", "SPANS", "SERVICE", "SPAN"], static operation => [.. Times(operation), operation.Field("service"), operation.Field("name")]);
        await WriteTableAsync("by service", "services", ["WAITED FOR", "SHARE", "SELF", "SPANS", "SERVICE"], static service => [.. Times(service), service.Field("service")]);
        await WriteFindingsAsync(analysis.GetProperty("findings"));
    }

    private static decimal Milliseconds(JsonElement element, string member) => element.GetProperty(member).GetDecimal();

    private static string[] Times(JsonElement times) =>
        [SpanTime.Format(Milliseconds(times, "path_ms")), SpanTime.Share(Milliseconds(times, "share")), SpanTime.Format(Milliseconds(times, "self_ms")), times.Field("span_count")];

    private async Task WriteBottleneckAsync(JsonElement span)
    {
        await terminal.Out.WriteLineAsync(Terminal.Plain(
            $"bottleneck: {span.Field("name")} of {span.Field("service")} on {span.Node()} (span {span.Field("span_id")}): the trace waited {SpanTime.Format(Milliseconds(span, "path_ms"))} for its own work, {SpanTime.Share(Milliseconds(span, "share"))} of all"));
        var usual = span.GetProperty("usual");
        var took = SpanTime.Format(Milliseconds(span, "duration_ms"));
        await terminal.Out.WriteLineAsync(usual.GetProperty("compared").GetInt32() == 0
            ? $"it took {took}; no other trace of the six hours before has such a span to compare with"
            : $"it took {took}; {usual.Field("compared")} such spans of the six hours before took {SpanTime.Format(Milliseconds(usual, "median_ms"))} (median), 95 % of them at most {SpanTime.Format(Milliseconds(usual, "p95_ms"))}");
    }

    private async Task WriteTableAsync(string title, string member, IReadOnlyList<string> heads, Func<JsonElement, string[]> row)
    {
        await terminal.Out.WriteLineAsync();
        await terminal.Out.WriteLineAsync(terminal.Paint(title, CellStyle.Bold));
        var table = new TableWriter(terminal, heads);
        foreach (var item in analysis.GetProperty(member).EnumerateArray())
            await table.AddAsync((IEnumerable<string>)row(item));
        await table.FlushAsync();
    }

    private async Task WriteFindingsAsync(JsonElement findings)
    {
        var notes = new List<string>();
        if (findings.GetProperty("lost_parents").GetInt32() is > 0 and var lost)
            notes.Add($"{lost} spans name a parent that is not in the trace; each begins a tree of its own");
        if (findings.GetProperty("cycles").GetInt32() is > 0 and var cycles)
            notes.Add($"{cycles} spans are their own ancestors; each begins a tree of its own");
        foreach (var skew in findings.GetProperty("clock_skew").EnumerateArray())
            notes.Add($"the clock of {skew.Node()} is taken to be {SpanTime.Format(Milliseconds(skew, "skew_ms"))} ahead of its caller's, for {skew.Field("name")} and what it called");
        if (notes.Count == 0)
            return;
        await terminal.Out.WriteLineAsync();
        foreach (var note in notes)
            await terminal.Out.WriteLineAsync(terminal.Paint(Terminal.Plain($"note: {note}"), CellStyle.Yellow));
    }
}
