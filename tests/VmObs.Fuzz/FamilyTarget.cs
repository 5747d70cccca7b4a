using VmObs.Signals.Wire.PromProto;
using VmObs.Signals.Wire.PromText;

namespace VmObs.Fuzz;

/// <summary>The reader of what exporters serve in protobuf.</summary>
internal sealed class FamilyTarget(string name, params byte[][] seeds) : FuzzTarget(name, seeds)
{
    private readonly MetricFamilyReader _reader = new(takesNative: true, takesClassicBeside: true);
    private readonly Sink _sink = new();

    public override void Run(ReadOnlyMemory<byte> input)
    {
        if (_reader.Read(input.Span, _sink) is { } error && (error.Offset < 0 || error.ToString().Length > 4096))
            throw new InvalidOperationException($"an error without a place, or too long: {error}");
    }

    private sealed class Sink : IFamilySink
    {
        private readonly List<KeyValuePair<string, string>> _labels = [];

        public void AddFamily(ReadOnlySpan<byte> name, ReadOnlySpan<byte> type)
        {
        }

        public void AddSample(ReadOnlySpan<byte> series, double value, long? unixMillis) => Take(series);

        public void AddHistogram(ReadOnlySpan<byte> series, ReadOnlySpan<byte> histogram, long? unixMillis) => Take(series);

        public void AddExemplar(ReadOnlySpan<byte> labels, double value, long? unixMillis)
        {
        }

        // What the reader writes as a series must be one.
        private void Take(ReadOnlySpan<byte> series)
        {
            _labels.Clear();
            SeriesText.Read(series, _labels);
        }
    }
}
