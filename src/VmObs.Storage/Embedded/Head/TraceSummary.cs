using System.Text;
using System.Text.Json;
using VmObs.Ledger.Hashing;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Head;

/// <summary>Looks over a decided trace: whether it is significant, and what its receipt says.</summary>
internal static class TraceSummary
{
    /// <summary>What the receipt says; null for a trace that is not significant.</summary>
    public static CompletedTrace? Describe(TraceKey key, in Digest leaf, IReadOnlyList<ReadOnlyMemory<byte>> spans, TraceSignificance significance)
    {
        var (start, end, failed) = (long.MaxValue, long.MinValue, false);
        var services = new List<string>();
        var nodes = new List<string>();
        string? rootName = null;
        foreach (var record in spans)
        {
            var span = new SpanRecord(record.Span);
            start = Math.Min(start, span.StartUnixNanos);
            end = Math.Max(end, span.EndUnixNanos);
            failed |= span.Status == SpanStatus.Error;
            AddDistinct(services, span.Text(SpanText.Service));
            AddDistinct(nodes, span.Text(SpanText.Node));
            if (span.ParentSpanId == 0)
                rootName ??= Encoding.UTF8.GetString(span.Text(SpanText.Name));
        }
        if (!failed && end - start <= significance.SlowerThanNanos && !services.Exists(s => significance.SensitiveServices.Contains(s)))
            return null;
        rootName ??= Encoding.UTF8.GetString(new SpanRecord(spans[0].Span).Text(SpanText.Name));
        return new CompletedTrace(
            key.Id.ToString(), key.Decision, rootName, start, end, failed, spans.Count, services, nodes,
            Attributes(spans, significance.ReceiptAttributes), leaf.ToHex())
        {
            Sent = SentTrace.Of(spans),
        };
    }

    /// <summary>Whether any span failed.</summary>
    public static bool Failed(IReadOnlyList<ReadOnlyMemory<byte>> spans)
    {
        foreach (var record in spans)
        {
            if (new SpanRecord(record.Span).Status == SpanStatus.Error)
                return true;
        }
        return false;
    }

    private static void AddDistinct(List<string> names, ReadOnlySpan<byte> name)
    {
        var text = Encoding.UTF8.GetString(name);
        if (!names.Contains(text))
            names.Add(text);
    }

    private static Dictionary<string, string> Attributes(IReadOnlyList<ReadOnlyMemory<byte>> spans, IReadOnlyList<string> wanted)
    {
        var found = new Dictionary<string, string>();
        foreach (var record in spans)
        {
            var json = new SpanRecord(record.Span).Text(SpanText.Attributes);
            if (json.IsEmpty || wanted.Count == 0)
                continue;
            var reader = new Utf8JsonReader(json);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString()!;
                reader.Read();
                if (wanted.Contains(name))
                    found.TryAdd(name, JsonElement.ParseValue(ref reader).GetRawText());
                else
                    reader.Skip();
            }
        }
        return found;
    }
}
