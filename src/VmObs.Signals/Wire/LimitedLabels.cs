using System.Text.Unicode;
using VmObs.Signals.Labels;
using VmObs.Signals.Metrics;

namespace VmObs.Signals.Wire;

/// <summary>Collects a label set within the limits of the rules.</summary>
/// <remarks>Use: <see cref="Begin"/>, <see cref="TrySet"/> for each label, then <see cref="Builder"/>. Not thread-safe.</remarks>
internal sealed class LimitedLabels(IngestRules rules) : IDisposable
{
    private readonly PooledBuffer _repaired = new(256), _key = new(1024);

    public LabelKeyBuilder Builder { get; } = new();

    /// <summary>Begins another set.</summary>
    public void Begin() => Builder.Clear();

    /// <summary>Sets a label; false when it has no name or breaks a limit.</summary>
    public bool TrySet(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (!IsWithinLimits(name, value))
            return false;
        Set(name, value);
        return true;
    }

    /// <summary>Sets a label that is known to be ASCII; false when it has no name or breaks a limit.</summary>
    public bool TrySetAscii(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (!IsWithinLimits(name, value))
            return false;
        Builder.Set(name, value);
        return true;
    }

    /// <summary>Sets a label of our own, which no limit applies to.</summary>
    public void Set(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (Utf8.IsValid(name) && Utf8.IsValid(value))
        {
            Builder.Set(name, value);
            return;
        }
        _repaired.Clear();
        _repaired.GetSpan(3 * (name.Length + value.Length)); // so that the second repair does not move the first
        var repairedName = Utf8Text.Repair(name, _repaired);
        Builder.Set(repairedName, Utf8Text.Repair(value, _repaired));
    }

    /// <summary>The series of the set.</summary>
    public InternedSeries Intern(SeriesInterner interner)
    {
        _key.Clear();
        Builder.WriteTo(_key);
        return interner.Intern(_key.WrittenSpan);
    }

    public void Dispose()
    {
        _repaired.Dispose();
        _key.Dispose();
        Builder.Dispose();
    }

    private bool IsWithinLimits(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) =>
        !name.IsEmpty && name.Length <= rules.MaxLabelBytes && value.Length <= rules.MaxLabelBytes && Builder.Count < rules.MaxLabels;
}
