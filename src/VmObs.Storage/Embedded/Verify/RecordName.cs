using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using VmObs.Signals;
using VmObs.Signals.Labels;
using VmObs.Signals.Traces;

namespace VmObs.Storage.Embedded.Verify;

/// <summary>What a record is called in a finding; made into a text only when there is one.</summary>
/// <param name="signal">What it is.</param>
/// <param name="number">A line's or sample's time, Unix ns; a trace's decision.</param>
/// <param name="text">A line's service, a series' canonical labels, a trace's id; borrowed for the call.</param>
internal readonly ref struct RecordName(Signal signal, long number, ReadOnlySpan<byte> text)
{
    private readonly ReadOnlySpan<byte> _text = text;

    /// <summary>Whether the service is written as it stands inside a JSON string.</summary>
    public bool IsEscaped { get; init; }

    /// <summary>"log:guardian:2025-12-06T14:30:15.123Z", "sample of __name__=up,node=brick-01 at …", "trace … decision 17".</summary>
    public override string ToString() => signal switch
    {
        Signal.Logs => $"log:{(IsEscaped ? Encoding.UTF8.GetString(_text) : JsonEncodedText.Encode(_text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString())}:{Rfc3339.Format(number)}",
        Signal.Metrics => $"sample of {string.Join(',', LabelKey.ToList(_text).Select(static label => $"{label.Key}={label.Value}"))} at {Rfc3339.Format(number)}",
        _ => $"trace {TraceId.Read(_text)} decision {number}",
    };
}
