namespace VmObs.Query.Metrics;

/// <summary>Writes the lines of one series.</summary>
/// <remarks>Not thread-safe. Name, labels and the value before are kept as text, for about half of all values are those before them.</remarks>
internal sealed class SeriesLines
{
    // Name and labels, the value, and a space.
    private readonly byte[] _start;
    private readonly int _labelsLength;
    private int _startLength;
    private long _valueBits;

    /// <summary>Takes the series' key.</summary>
    public SeriesLines(ReadOnlySpan<byte> key)
    {
        var labels = OpenMetricsText.Series(key);
        _labelsLength = labels.Length;
        _start = new byte[labels.Length + OpenMetricsText.MaxNumberBytes + 1];
        labels.CopyTo(_start, 0);
        SetValue(0);
    }

    /// <summary>How many lines make a piece of output; at least one.</summary>
    public int LinesInPiece => Math.Max(1, OpenMetricsOutput.PieceBytes / MaxLineBytes);

    private int MaxLineBytes => _start.Length + TimeTexts.PlaceBytes;

    /// <summary>Writes samples; as many values as times.</summary>
    public void Write(OpenMetricsOutput output, ReadOnlySpan<double> values, ReadOnlySpan<long> timestampsUnixNanos)
    {
        var space = output.Text.GetSpan(values.Length * MaxLineBytes);
        var at = 0;
        for (var i = 0; i < values.Length; i++)
        {
            if (BitConverter.DoubleToInt64Bits(values[i]) != _valueBits)
                SetValue(values[i]);
            _start.AsSpan(0, _startLength).CopyTo(space[at..]);
            at += _startLength;
            at += output.Times.Write(space[at..], timestampsUnixNanos[i]);
            space[at++] = (byte)'\n';
        }
        output.Text.Advance(at);
    }

    private void SetValue(double value)
    {
        _valueBits = BitConverter.DoubleToInt64Bits(value);
        _startLength = _labelsLength + OpenMetricsText.WriteValue(_start.AsSpan(_labelsLength), value);
        _start[_startLength++] = (byte)' ';
    }
}
