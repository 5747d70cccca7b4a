using System.Globalization;
using System.Text;
using System.Text.Json;
using VmObs.Ledger.Receipts;
using VmObs.Signals;
using VmObs.Signals.Logs;
using VmObs.Storage.Embedded;

namespace VmObs.Receipts;

/// <summary>Writes the members of each receipt type (SPEC 3.2) from the store's facts.</summary>
internal sealed class ReceiptWriter(LedgerOptions options)
{
    /// <summary>Lists stop at so many names, or bytes; a member with _total says how many names there were.</summary>
    private const int MaxNames = 256;

    // Two lists, the context and the rest stay below ReceiptScroll.MaxLineBytes whatever the names hold.
    private const int MaxListBytes = 16 * 1024;
    private const int MaxContextBytes = 8 * 1024;
    private const int MaxTextBytes = 1024;

    private const long MaxExactInteger = (1L << 53) - 1;

    /// <summary>The members of an hour's receipt.</summary>
    public static void WriteHour(Utf8JsonWriter json, SealedHour hour)
    {
        var stem = $"{hour.Hour.Day}-{hour.Hour.Stem["hour-".Length..]}";
        var kind = hour.Signal switch { Signal.Metrics => "metrics", Signal.Logs => "logs", _ => "traces" };
        var type = hour.Signal switch { Signal.Metrics => "obs_metric_snapshot", Signal.Logs => "obs_log_batch", _ => "obs_trace_batch" };
        json.WriteString("type", type);
        json.WriteString(hour.Signal == Signal.Metrics ? "snapshot_id" : "batch_id", $"{kind}-{stem}{(hour.LateIndex == 0 ? "" : $"-late-{hour.LateIndex}")}");
        if (hour.LateIndex > 0)
            json.WriteString("amends", $"{kind}-{stem}");
        json.WriteString("timestamp", Rfc3339.FormatShort(hour.Hour.EndUnixNanos));
        json.WriteStartObject("period");
        json.WriteString("start", Rfc3339.FormatShort(hour.Hour.StartUnixNanos));
        json.WriteString("end", Rfc3339.FormatShort(hour.Hour.EndUnixNanos));
        json.WriteEndObject();
        if (hour.Metrics is { } metrics)
            WriteMetrics(json, metrics);
        if (hour.Logs is { } logs)
            WriteLogs(json, logs);
        if (hour.Traces is { } traces)
            WriteTraces(json, traces);
        json.WriteString("storage_path", hour.StoragePath);
        json.WriteString("content_hash", "blake3:" + hour.ContentHash);
        WriteInteger(json, "content_length", hour.Length);
        json.WriteStartObject("journal");
        WriteInteger(json, "from", hour.Journal.From);
        WriteInteger(json, "to", hour.Journal.To);
        json.WriteString("head", "blake3:" + hour.Journal.Head);
        json.WriteEndObject();
        WriteTags(json, ["observability", kind, "hourly"]);
    }

    /// <summary>The members of a significant trace's receipt.</summary>
    public void WriteTrace(Utf8JsonWriter json, CompletedTrace trace)
    {
        json.WriteString("type", "obs_trace_complete");
        WriteWords(json, trace);
        json.WriteString("status", trace.Failed ? "error" : "ok");
        WriteInteger(json, "span_count", trace.Spans);
        WriteNames(json, "services_involved", trace.Services);
        WriteNames(json, "nodes_involved", trace.Nodes);
        json.WritePropertyName("triggered_by");
        var trigger = options.TriggeredBy.FirstOrDefault(trace.Attributes.ContainsKey);
        WriteAttribute(json, trigger is null ? "null" : trace.Attributes[trigger]);
        WriteContext(json, trace.Attributes);
        WriteInteger(json, "decision", trace.Decision);
        json.WriteString("content_hash", "blake3:" + trace.LeafHash);
        var tags = trace.Sent is { Tags.Count: > 0 } sent ? sent.Tags : trace.Services;
        WriteTags(json, ["observability", "trace", .. tags.Where(static tag => tag.Length <= 64).Take(8)]);
    }

    /// <summary>Id, end, name and duration: in its sender's words where the trace came as a SPEC document, and then with the id and the start of its spans.</summary>
    private static void WriteWords(Utf8JsonWriter json, CompletedTrace trace)
    {
        var sent = trace.Sent;
        json.WriteString("trace_id", sent?.TraceId ?? trace.TraceId);
        json.WriteString("timestamp", Rfc3339.Format(trace.ToldEndUnixNanos));
        json.WriteString("name", Cut(sent?.Name ?? trace.Name));
        WriteNumber(json, "duration_ms", sent?.DurationMs ?? (trace.EndUnixNanos - trace.StartUnixNanos) / 1e6);
        if (sent is null)
            return;
        json.WriteString("w3c_trace_id", trace.TraceId);
        json.WriteString("started_at", Rfc3339.Format(trace.StartUnixNanos));
    }

    /// <summary>The members of a clock step's receipt.</summary>
    public static void WriteClockStep(Utf8JsonWriter json, long seq, ClockStep step)
    {
        json.WriteString("type", "obs_operation");
        json.WriteString("operation_id", Id("obs-op", step.ToUnixNanos, seq));
        json.WriteString("operation_type", "clock_step");
        json.WriteString("timestamp", Rfc3339.FormatShort(step.ToUnixNanos));
        json.WriteString("from", Rfc3339.FormatShort(step.FromUnixNanos));
        json.WriteString("to", Rfc3339.FormatShort(step.ToUnixNanos));
        WriteInteger(json, "step_ms", (step.ToUnixNanos - step.FromUnixNanos) / 1_000_000);
        WriteTags(json, ["observability", "operation", "clock"]);
    }

    /// <summary>"gap-2025-12-06-017": unique in the scroll, because its last number is the receipt's place.</summary>
    public static string Id(string kind, long unixNanos, long seq) =>
        string.Create(CultureInfo.InvariantCulture, $"{kind}-{Rfc3339.FormatShort(unixNanos).AsSpan(0, 10)}-{seq:d3}");

    private static void WriteMetrics(Utf8JsonWriter json, MetricHourFacts metrics)
    {
        WriteInteger(json, "nodes_reporting", metrics.Nodes.Count);
        WriteInteger(json, "series_collected", metrics.Series);
        WriteInteger(json, "metrics_collected", metrics.Samples);
        json.WriteStartObject("aggregates");
        foreach (var (name, value) in metrics.Aggregates)
        {
            if (value is { } number)
                WriteNumber(json, name, number);
            else
                json.WriteNull(name);
        }
        json.WriteEndObject();
        json.WriteString("records_root", "blake3:" + metrics.RecordsRoot);
    }

    private static void WriteLogs(Utf8JsonWriter json, LogHourFacts logs)
    {
        json.WriteStartObject("log_counts");
        for (var level = Level.Trace; level <= Level.Fatal; level++)
            WriteInteger(json, level.Name(), logs.Counts[(int)level]);
        json.WriteEndObject();
        WriteNames(json, "services_reporting", logs.Services);
    }

    private static void WriteTraces(Utf8JsonWriter json, TraceHourFacts traces)
    {
        WriteInteger(json, "trace_count", traces.Traces);
        WriteInteger(json, "span_count", traces.Spans);
        WriteInteger(json, "error_traces", traces.ErrorTraces);
        WriteNames(json, "services_involved", traces.Services);
        WriteNames(json, "nodes_involved", traces.Nodes);
        json.WriteString("records_root", "blake3:" + traces.RecordsRoot);
    }

    private static void WriteNames(Utf8JsonWriter json, string member, IReadOnlyList<string> names)
    {
        var (shown, bytes) = (0, 0);
        while (shown < Math.Min(names.Count, MaxNames) && (bytes += JsonBytes(names[shown])) <= MaxListBytes)
            shown++;
        WriteStrings(json, member, names.Take(shown));
        if (shown < names.Count)
            WriteInteger(json, member + "_total", names.Count);
    }

    /// <summary>The member that every receipt has.</summary>
    public static void WriteTags(Utf8JsonWriter json, IEnumerable<string> tags) => WriteStrings(json, "tags", tags);

    private static void WriteStrings(Utf8JsonWriter json, string member, IEnumerable<string> texts)
    {
        json.WriteStartArray(member);
        foreach (var text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }

    /// <summary>JSON numbers are float64 to most readers; what does not fit is a string.</summary>
    public static void WriteInteger(Utf8JsonWriter json, string member, long value)
    {
        if (value is >= -MaxExactInteger and <= MaxExactInteger)
            json.WriteNumber(member, value);
        else
            json.WriteString(member, value.ToString(CultureInfo.InvariantCulture));
    }

    private static void WriteNumber(Utf8JsonWriter json, string member, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumber(member, value);
        else
            json.WriteString(member, double.IsNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
    }

    private void WriteContext(Utf8JsonWriter json, IReadOnlyDictionary<string, string> attributes)
    {
        string[] names = [.. options.BusinessContext.Distinct(StringComparer.Ordinal).Where(attributes.ContainsKey)];
        var (shown, bytes) = (0, 0);
        json.WriteStartObject("business_context");
        foreach (var name in names)
        {
            var cost = JsonBytes(name) + Math.Min(JsonBytes(attributes[name]), MaxTextBytes);
            if (bytes + cost > MaxContextBytes)
                continue;
            bytes += cost;
            shown++;
            json.WritePropertyName(name);
            WriteAttribute(json, attributes[name]);
        }
        json.WriteEndObject();
        if (shown < names.Length)
            WriteInteger(json, "business_context_total", names.Length);
    }

    /// <summary>An attribute as the sender's JSON; as a string where it is too long for a receipt or has no canonical form.</summary>
    private static void WriteAttribute(Utf8JsonWriter json, string value)
    {
        if (JsonBytes(value) <= MaxTextBytes)
        {
            try
            {
                // Throws on a key twice, half a surrogate pair and what is beyond float64, none of which a receipt can hold.
                CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(value));
                using var document = JsonDocument.Parse(value);
                WriteElement(json, document.RootElement);
                return;
            }
            catch (FormatException)
            {
                // It is written as text below: evidence is kept in the form that it came in.
            }
        }
        json.WriteStringValue(Cut(value));
    }

    private static void WriteElement(Utf8JsonWriter json, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                json.WriteStartObject();
                foreach (var member in element.EnumerateObject())
                {
                    json.WritePropertyName(member.Name);
                    WriteElement(json, member.Value);
                }
                json.WriteEndObject();
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var item in element.EnumerateArray())
                    WriteElement(json, item);
                json.WriteEndArray();
                break;
            case JsonValueKind.Number when !element.GetRawText().AsSpan().ContainsAny('.', 'e', 'E')
                && !(element.TryGetInt64(out var integer) && integer is >= -MaxExactInteger and <= MaxExactInteger):
                json.WriteStringValue(element.GetRawText());
                break;
            default:
                element.WriteTo(json);
                break;
        }
    }

    // Counted as the escapes may need it: up to six bytes a character.
    private static int JsonBytes(string text)
    {
        var bytes = 0;
        foreach (var c in text)
            bytes += JsonBytes(c);
        return bytes;
    }

    private static int JsonBytes(char c) => c switch { < ' ' => 6, '"' or '\\' => 2, < '\x80' => 1, < '\u0800' => 2, _ => 3 };

    private static string Cut(string text)
    {
        var bytes = 0;
        for (var i = 0; i < text.Length; i++)
        {
            bytes += JsonBytes(text[i]);
            if (bytes > MaxTextBytes)
                return text[..(i > 0 && char.IsHighSurrogate(text[i - 1]) ? i - 1 : i)];
        }
        return text;
    }
}
