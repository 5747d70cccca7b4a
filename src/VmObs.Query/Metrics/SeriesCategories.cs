using VmObs.Signals.Labels;

namespace VmObs.Query.Metrics;

/// <summary>Says the <see cref="MetricCategory"/> of one series after the other.</summary>
/// <remarks>Not thread-safe. Series come in order of their labels: the last name nearly always comes again, and is looked at once.</remarks>
public sealed class SeriesCategories
{
    private byte[] _lastName = [];
    private string? _last;

    /// <summary>A series' category.</summary>
    /// <param name="key">Its canonical labels.</param>
    public string Of(ReadOnlySpan<byte> key)
    {
        if (MetricCategory.SaidBy(key) is { } said)
            return said;
        var name = LabelKey.ValueOf(key, "__name__"u8);
        if (_last is null || !name.SequenceEqual(_lastName))
            (_lastName, _last) = (name.ToArray(), MetricCategory.Of(key));
        return _last;
    }
}
