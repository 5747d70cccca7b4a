using VmObs.Signals;

namespace VmObs.Storage.Embedded;

/// <summary>A set of classes.</summary>
/// <param name="Bits">A bit for each, by its number.</param>
public readonly record struct ExpiryClasses(uint Bits)
{
    /// <summary>Its classes, ascending.</summary>
    public IEnumerable<ExpiryClass> Items
    {
        get
        {
            var bits = Bits;
            return Enum.GetValues<ExpiryClass>().Where(item => (bits & (1u << (int)item)) != 0);
        }
    }

    /// <summary>Their names, ascending by number.</summary>
    public IReadOnlyList<string> Names => [.. Items.Select(item => item.Name())];

    /// <summary>Whether it has no class.</summary>
    public bool IsEmpty => Bits == 0;

    /// <summary>The set of some classes.</summary>
    public static ExpiryClasses Of(IEnumerable<ExpiryClass> classes) => new(classes.Aggregate(0u, (bits, item) => bits | (1u << (int)item)));

    /// <summary>All classes of a signal.</summary>
    public static ExpiryClasses OfSignal(Signal signal) => Of(signal switch
    {
        Signal.Metrics => [ExpiryClass.Metrics],
        Signal.Logs => [ExpiryClass.LogsTrace, ExpiryClass.LogsStandard, ExpiryClass.LogsError],
        _ => [ExpiryClass.TracesOk, ExpiryClass.TracesError],
    });

    /// <summary>Whether a class is in it.</summary>
    public bool Has(ExpiryClass item) => (Bits & (1u << (int)item)) != 0;

    /// <summary>The classes of both.</summary>
    public static ExpiryClasses operator |(ExpiryClasses left, ExpiryClasses right) => new(left.Bits | right.Bits);

    /// <summary>The classes that stand in both.</summary>
    public static ExpiryClasses operator &(ExpiryClasses left, ExpiryClasses right) => new(left.Bits & right.Bits);

    /// <summary>The classes of the left one that the right one has not.</summary>
    public static ExpiryClasses operator -(ExpiryClasses left, ExpiryClasses right) => new(left.Bits & ~right.Bits);
}
