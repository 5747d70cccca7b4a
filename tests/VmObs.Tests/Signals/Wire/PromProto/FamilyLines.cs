using System.Globalization;
using System.Text;
using VmObs.Signals.Wire.PromProto;

namespace VmObs.Tests.Signals.Wire.PromProto;

/// <summary>What a reader says, as lines.</summary>
internal sealed class FamilyLines : IFamilySink
{
    public List<string> Lines { get; } = [];

    /// <summary>Native histograms, as the classes that are generated from remote_write's definitions read them.</summary>
    public List<global::Prometheus.Remote.Histogram> Histograms { get; } = [];

    public void AddFamily(ReadOnlySpan<byte> name, ReadOnlySpan<byte> type) => Lines.Add($"# TYPE {Encoding.UTF8.GetString(name)} {Encoding.UTF8.GetString(type)}");

    public void AddSample(ReadOnlySpan<byte> series, double value, long? unixMillis) => Lines.Add(Sample(Encoding.UTF8.GetString(series), value, unixMillis));

    public void AddHistogram(ReadOnlySpan<byte> series, ReadOnlySpan<byte> histogram, long? unixMillis)
    {
        Histograms.Add(global::Prometheus.Remote.Histogram.Parser.ParseFrom(histogram));
        Lines.Add($"{Encoding.UTF8.GetString(series)} native{Time(unixMillis)}");
    }

    public void AddExemplar(ReadOnlySpan<byte> labels, double value, long? unixMillis)
    {
        var exemplar = global::Prometheus.Remote.Exemplar.Parser.ParseFrom(labels);
        Lines.Add(Exemplar(exemplar.Labels.Select(static label => (label.Name, label.Value)), value, unixMillis));
    }

    public static string Sample(string series, double value, long? unixMillis) => string.Create(CultureInfo.InvariantCulture, $"{series} {value:R}{Time(unixMillis)}");

    public static string Exemplar(IEnumerable<(string Name, string Value)> labels, double value, long? unixMillis) =>
        string.Create(CultureInfo.InvariantCulture, $"  # {string.Join(',', labels.Select(static label => $"{label.Name}={label.Value}"))} {value:R}{Time(unixMillis)}");

    public static string Time(long? unixMillis) => unixMillis is { } millis ? $" @{millis}" : "";
}
