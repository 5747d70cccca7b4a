namespace VmObs.Signals.Wire.PromProto;

/// <summary>Takes what a <see cref="MetricFamilyReader"/> reads. Spans are valid until the method returns.</summary>
public interface IFamilySink
{
    /// <summary>A family; its samples follow.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">"counter", "gauge", "summary", "unknown", "histogram" or "gaugehistogram".</param>
    void AddFamily(ReadOnlySpan<byte> name, ReadOnlySpan<byte> type);

    /// <summary>A sample.</summary>
    /// <param name="series">Name and labels as <see cref="PromText.SeriesText"/> reads them.</param>
    /// <param name="value">Its value.</param>
    /// <param name="unixMillis">Its own time; null when it has none.</param>
    void AddSample(ReadOnlySpan<byte> series, double value, long? unixMillis);

    /// <summary>A native histogram.</summary>
    /// <param name="series">Name and labels.</param>
    /// <param name="histogram">Fields of remote_write's Histogram, without its time.</param>
    /// <param name="unixMillis">Its own time; null when it has none.</param>
    void AddHistogram(ReadOnlySpan<byte> series, ReadOnlySpan<byte> histogram, long? unixMillis);

    /// <summary>An exemplar of the sample or histogram before.</summary>
    /// <param name="labels">Fields of remote_write's Exemplar that hold its labels.</param>
    /// <param name="value">Its value.</param>
    /// <param name="unixMillis">Its own time; null when it has none.</param>
    void AddExemplar(ReadOnlySpan<byte> labels, double value, long? unixMillis);
}
