namespace VmObs.Signals.Wire.PromProto;

/// <summary>Writes series as <see cref="PromText.SeriesText"/> reads them, quoted so that any UTF-8 may stand: <c>{"latency_bucket","path"="/","le"="0.5"}</c>.</summary>
/// <remarks>Use: <see cref="BeginMetric"/>, <see cref="AddLabel"/> for each label, then <see cref="Text(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/> for
/// each of the metric's series. Not thread-safe.</remarks>
internal sealed class SeriesWriter : IDisposable
{
    private readonly PooledBuffer _labels = new(512);
    private readonly PooledBuffer _series = new(512);
    private readonly PooledBuffer _number = new(32);

    /// <summary>Begins another label set.</summary>
    public void BeginMetric() => _labels.Clear();

    /// <summary>Adds a label to it.</summary>
    public void AddLabel(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => WriteLabel(_labels, name, value);

    /// <summary>The series of a name; valid until the next call.</summary>
    public ReadOnlySpan<byte> Text(ReadOnlySpan<byte> name, ReadOnlySpan<byte> suffix)
    {
        Begin(name, suffix);
        _series.WriteByte((byte)'}');
        return _series.WrittenSpan;
    }

    /// <summary>The same with one more label, whose value is a number.</summary>
    public ReadOnlySpan<byte> Text(ReadOnlySpan<byte> name, ReadOnlySpan<byte> suffix, ReadOnlySpan<byte> label, double value)
    {
        Begin(name, suffix);
        _number.Clear();
        OpenMetricsNumber.Write(_number, value);
        WriteLabel(_series, label, _number.WrittenSpan);
        _series.WriteByte((byte)'}');
        return _series.WrittenSpan;
    }

    public void Dispose()
    {
        _labels.Dispose();
        _series.Dispose();
        _number.Dispose();
    }

    private void Begin(ReadOnlySpan<byte> name, ReadOnlySpan<byte> suffix)
    {
        _series.Clear();
        _series.Write("{\""u8);
        WriteEscaped(_series, name);
        _series.Write(suffix);
        _series.WriteByte((byte)'"');
        _series.Write(_labels.WrittenSpan);
    }

    private static void WriteLabel(PooledBuffer into, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        into.Write(",\""u8);
        WriteEscaped(into, name);
        into.Write("\"=\""u8);
        WriteEscaped(into, value);
        into.WriteByte((byte)'"');
    }

    private static void WriteEscaped(PooledBuffer into, ReadOnlySpan<byte> text)
    {
        while (text.IndexOfAny((byte)'\\', (byte)'"', (byte)'\n') is >= 0 and var at)
        {
            into.Write(text[..at]);
            into.WriteByte((byte)'\\');
            into.WriteByte(text[at] == '\n' ? (byte)'n' : text[at]);
            text = text[(at + 1)..];
        }
        into.Write(text);
    }
}
