using System.Buffers.Text;
using System.Text.Json;
using VmObs.Signals;
using VmObs.Signals.Ports;

namespace VmObs.Query.Documents;

/// <summary>The samples of one series after another, each as a JSON object: {"metric","labels","node","service","category","kind","unit","timestamp",
/// "value"}, then the members of its detail: "exemplars", "histogram" and others.</summary>
/// <remarks>What is the same for all samples of a series is rendered once: a sample costs the copy of it, a time and a number. Not thread-safe.</remarks>
public sealed class SampleDocuments : IDisposable
{
    // "," and the names, and the longest number: -1.7976931348623157E+308.
    private const int MaxRestBytes = Rfc3339.MaxBytes + 64;

    private readonly PooledBuffer _bytes = new(1024);
    private readonly Utf8JsonWriter _json;
    private SeriesSamples? _series;
    private int _shared;

    /// <param name="options">How labels are escaped.</param>
    public SampleDocuments(JsonWriterOptions options) => _json = new Utf8JsonWriter(_bytes, options);

    /// <summary>Begins a series.</summary>
    /// <param name="series">The series.</param>
    /// <param name="category">Its <see cref="Metrics.MetricCategory"/>.</param>
    public void Begin(SeriesSamples series, string category)
    {
        _bytes.Clear();
        _json.Reset();
        _json.WriteStartObject();
        MetricDocument.WriteMembers(_json, new SeriesDescription(series.Key, series.Kind, series.Unit), category);
        _json.Flush();
        _bytes.Write(",\"timestamp\":\""u8);
        (_series, _shared) = (series, _bytes.Length);
    }

    /// <summary>One sample of the series; valid until the next call.</summary>
    /// <param name="sample">Its number.</param>
    public ReadOnlySpan<byte> Of(int sample)
    {
        var series = _series ?? throw new InvalidOperationException("BUG: a sample was asked for before its series");
        _bytes.Truncate(_shared);
        _bytes.Advance(Rfc3339.Format(series.TimestampsUnixNanos.Span[sample], _bytes.GetSpan(MaxRestBytes)));
        _bytes.Write("\",\"value\":"u8);
        WriteNumber(series.Values.Span[sample]);
        WriteDetail(series.DetailOf(sample).Span);
        _bytes.WriteByte((byte)'}');
        return _bytes.WrittenSpan;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _json.Dispose();
        _bytes.Dispose();
    }

    private void WriteNumber(double value)
    {
        if (!double.IsFinite(value))
        {
            _bytes.WriteByte((byte)'"');
            _bytes.Write(MetricDocument.NameOf(value));
            _bytes.WriteByte((byte)'"');
            return;
        }
        // The shortest digits that read back as the number, as JSON writers have them.
        if (!Utf8Formatter.TryFormat(value, _bytes.GetSpan(MaxRestBytes), out var length))
            throw new InvalidOperationException($"BUG: {value} takes over {MaxRestBytes} bytes");
        _bytes.Advance(length);
    }

    private void WriteDetail(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty)
            return;
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            // Rendered by our own writer when the sample arrived: the name is copied as it stands there, with its quotes.
            var name = (int)reader.TokenStartIndex;
            reader.Read();
            reader.Skip();
            _bytes.WriteByte((byte)',');
            _bytes.Write(json[name..(int)reader.BytesConsumed]);
        }
    }
}
