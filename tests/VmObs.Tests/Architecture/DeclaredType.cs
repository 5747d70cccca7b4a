namespace VmObs.Tests.Architecture;

/// <summary>A type declared at the top level of a file.</summary>
/// <param name="Name">Without its type parameters.</param>
/// <param name="Kind">class, struct, interface, enum, record or delegate.</param>
/// <param name="Line">Where its name stands, counted from 1.</param>
internal sealed record DeclaredType(string Name, string Kind, int Line)
{
    /// <summary>Lines from its name to its closing brace.</summary>
    public int Lines { get; set; } = 1;

    /// <summary>Lines of its longest method and where it begins; (0, 0) without one.</summary>
    public (int Lines, int Line) LongestMethod { get; set; }

    /// <summary>Methods declared directly in it.</summary>
    public int Methods { get; set; }

    /// <summary>Says what something looks like and does nothing.</summary>
    public bool IsShape => Kind is "enum" or "delegate" || (Kind == "record" && Methods == 0);
}
