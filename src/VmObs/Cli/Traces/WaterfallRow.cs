using System.Text.Json;
using VmObs.Cli.Output;
using VmObs.Signals;

namespace VmObs.Cli.Traces;

/// <summary>A span's line in a waterfall.</summary>
/// <param name="Guide">What leads to it from its parent: "│ └ ".</param>
/// <param name="Span">Its document.</param>
/// <param name="OffsetMs">Its start after the trace's.</param>
/// <param name="DurationMs">How long it took.</param>
internal sealed record WaterfallRow(string Guide, JsonElement Span, decimal OffsetMs, decimal DurationMs)
{
    private const decimal NanosInMillisecond = 1_000_000;
    private const string Last = "└ ";

    public string Id => Span.Field("span_id");

    public bool Failed => Span.Field("status") == "error";

    /// <summary>The rows of a trace's document: each span under its parent, every span once, whatever they say of their parents.</summary>
    public static List<WaterfallRow> Of(JsonElement trace)
    {
        var spans = trace.GetProperty("spans").EnumerateArray().ToArray();
        var ids = spans.Select(span => span.Field("span_id")).ToHashSet(StringComparer.Ordinal);
        var numbers = Enumerable.Range(0, spans.Length);
        var children = numbers.ToLookup(number => ids.Contains(spans[number].Field("parent_span_id")) ? spans[number].Field("parent_span_id") : "");
        var start = spans.Select(StartOf).DefaultIfEmpty(0).Min();
        var rows = new List<WaterfallRow>(spans.Length);
        var shown = new bool[spans.Length];
        var rest = new Stack<(int Span, string Before, string Branch)>();
        // A span that is its own ancestor hangs on no root.
        foreach (var root in children[""].Concat(numbers))
        {
            rest.Push((root, "", ""));
            while (rest.TryPop(out var next))
            {
                if (shown[next.Span])
                    continue;
                shown[next.Span] = true;
                var span = spans[next.Span];
                rows.Add(new WaterfallRow(next.Before + next.Branch, span, (StartOf(span) - start) / NanosInMillisecond, span.GetProperty("duration_ms").GetDecimal()));
                var before = next.Before + next.Branch switch { "" => "", Last => "  ", _ => "│ " };
                var branch = Last;
                foreach (var child in children[span.Field("span_id")].Reverse())
                {
                    rest.Push((child, before, branch));
                    branch = "├ ";
                }
            }
        }
        return rows;
    }

    private static long StartOf(JsonElement span) => Rfc3339.TryParse(span.Field("start_time"), out var start) ? start : 0;
}
