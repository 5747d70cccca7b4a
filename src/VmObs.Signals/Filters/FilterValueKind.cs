namespace VmObs.Signals.Filters;

/// <summary>What a value is.</summary>
public enum FilterValueKind
{
    /// <summary>null.</summary>
    Null,

    /// <summary>true or false.</summary>
    Boolean,

    /// <summary>A number.</summary>
    Number,

    /// <summary>A text.</summary>
    Text,

    /// <summary>An object, or an array inside an array.</summary>
    Composite,
}
