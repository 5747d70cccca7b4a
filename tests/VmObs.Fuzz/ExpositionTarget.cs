using VmObs.Signals.Wire.PromText;

namespace VmObs.Fuzz;

/// <summary>The reader of what exporters serve.</summary>
internal sealed class ExpositionTarget(string name, bool isOpenMetrics, params byte[][] seeds) : FuzzTarget(name, seeds)
{
    private readonly List<KeyValuePair<string, string>> _labels = [];

    public override void Run(ReadOnlyMemory<byte> input)
    {
        var reader = new ExpositionReader(input.Span, isOpenMetrics);
        for (var line = reader.Next(); line != ExpositionLine.End; line = reader.Next())
        {
            if (line != ExpositionLine.Sample)
                continue;
            _labels.Clear();
            SeriesText.Read(reader.Series, _labels);
        }
        if (reader.Error is { } error && (error.Offset < 0 || error.ToString().Length > 4096))
            throw new InvalidOperationException($"an error without a place, or too long: {error}");
    }
}
