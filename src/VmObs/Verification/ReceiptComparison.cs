using System.Text.Json;
using VmObs.Signals.Logs;
using VmObs.Storage.Embedded;

namespace VmObs.Verification;

/// <summary>Compares what a file holds with what its receipt says, member by member; where classes are gone, what can still be compared.</summary>
internal sealed class ReceiptComparison(string path, JsonElement receipt, ExpiryClasses gone, List<string> findings)
{
    public void Logs(LogHourFacts facts)
    {
        var counts = receipt.GetProperty("log_counts");
        for (var level = Level.Trace; level <= Level.Fatal; level++)
            Compare($"log_counts.{level.Name()}", gone.Has(ClassOf(level)) ? 0 : Number(counts.GetProperty(level.Name())), facts.Counts[(int)level]);
        if (gone.IsEmpty)
            Names("services_reporting", facts.Services);
    }

    public void Metrics(MetricHourFacts facts)
    {
        Compare("nodes_reporting", Number(receipt.GetProperty("nodes_reporting")), facts.Nodes.Count);
        Compare("series_collected", Number(receipt.GetProperty("series_collected")), facts.Series);
        Compare("metrics_collected", Number(receipt.GetProperty("metrics_collected")), facts.Samples);
        Compare("records_root", receipt.GetProperty("records_root").GetString(), "blake3:" + facts.RecordsRoot);
    }

    public void Traces(TraceHourFacts facts)
    {
        if (!gone.IsEmpty)
        {
            var errors = Number(receipt.GetProperty("error_traces"));
            var remaining = gone.Has(ExpiryClass.TracesError) ? Number(receipt.GetProperty("trace_count")) - errors : errors;
            Compare("trace_count", remaining, facts.Traces);
            return;
        }
        Compare("trace_count", Number(receipt.GetProperty("trace_count")), facts.Traces);
        Compare("span_count", Number(receipt.GetProperty("span_count")), facts.Spans);
        Compare("error_traces", Number(receipt.GetProperty("error_traces")), facts.ErrorTraces);
        Names("services_involved", facts.Services);
        Names("nodes_involved", facts.Nodes);
        Compare("records_root", receipt.GetProperty("records_root").GetString(), "blake3:" + facts.RecordsRoot);
    }

    private static ExpiryClass ClassOf(Level level) => level.Retention() switch
    {
        RetentionClass.Trace => ExpiryClass.LogsTrace,
        RetentionClass.Standard => ExpiryClass.LogsStandard,
        _ => ExpiryClass.LogsError,
    };

    private void Names(string member, IReadOnlyList<string> found)
    {
        var said = receipt.GetProperty(member).EnumerateArray().Select(name => name.GetString()!).ToList();
        var total = receipt.TryGetProperty(member + "_total", out var number) ? Number(number) : said.Count;
        Compare(member + "_total", total, found.Count);
        if (!said.SequenceEqual(found.Take(said.Count)))
            Compare(member, string.Join(", ", said), string.Join(", ", found.Take(said.Count)));
    }

    private void Compare<T>(string member, T said, T found)
    {
        if (!EqualityComparer<T>.Default.Equals(said, found))
            findings.Add($"{path}: found {member} {found} in the file, expected {said} as receipt seq {receipt.GetProperty("seq")} says");
    }

    // Integers beyond 2^53 - 1 are strings.
    private static long Number(JsonElement element) =>
        element.ValueKind == JsonValueKind.String ? long.Parse(element.GetString()!, System.Globalization.CultureInfo.InvariantCulture) : element.GetInt64();
}
