using Google.Protobuf;
using Prometheus.Remote;
using Prometheus.Remote2;

namespace VmObs.Tests.Signals.Wire.RemoteWrite;

/// <summary>A request of remote_write 1.0 as one of 2.0 that means the same.</summary>
internal sealed class SecondVersion
{
    private readonly Request _request = new() { Symbols = { "" } };

    public static Request Of(WriteRequest request)
    {
        var second = new SecondVersion();
        foreach (var series in request.Timeseries)
            second.Add(series, request);
        return second._request;
    }

    private void Add(Prometheus.Remote.TimeSeries series, WriteRequest request)
    {
        var name = series.Labels.FirstOrDefault(label => label.Name == "__name__")?.Value ?? "";
        var added = new Prometheus.Remote2.TimeSeries();
        added.LabelsRefs.AddRange(series.Labels.SelectMany(label => new[] { Ref(label.Name), Ref(label.Value) }));
        added.Samples.AddRange(series.Samples.Select(sample => new Prometheus.Remote2.Sample { Value = sample.Value, Timestamp = sample.Timestamp }));
        // Its fields have the same numbers.
        added.Histograms.AddRange(series.Histograms.Select(histogram => Prometheus.Remote2.Histogram.Parser.ParseFrom(histogram.ToByteArray())));
        foreach (var exemplar in series.Exemplars)
        {
            var second = new Prometheus.Remote2.Exemplar { Value = exemplar.Value, Timestamp = exemplar.Timestamp };
            second.LabelsRefs.AddRange(exemplar.Labels.SelectMany(label => new[] { Ref(label.Name), Ref(label.Value) }));
            added.Exemplars.Add(second);
        }
        if (PlainRemoteWrite.MetadataOf(name, request) is { } metadata)
            added.Metadata = new Metadata { Type = (Metadata.Types.MetricType)(int)metadata.Type, HelpRef = Ref(metadata.Help), UnitRef = Ref(metadata.Unit) };
        _request.Timeseries.Add(added);
    }

    private uint Ref(string text)
    {
        if (!_request.Symbols.Contains(text))
            _request.Symbols.Add(text);
        return (uint)_request.Symbols.IndexOf(text);
    }
}
