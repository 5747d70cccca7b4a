using System.Buffers.Text;

namespace VmObs.Signals.Filters;

/// <summary>A value that a filter tests.</summary>
public readonly ref struct FilterValue
{
    private FilterValue(FilterValueKind kind, ReadOnlySpan<byte> utf8, double number)
    {
        (Kind, Number) = (kind, number);
        Utf8 = utf8;
    }

    /// <summary>null.</summary>
    public static FilterValue Null => new(FilterValueKind.Null, default, 0);

    /// <summary>An object.</summary>
    public static FilterValue Composite => new(FilterValueKind.Composite, default, 0);

    /// <summary>What it is.</summary>
    public FilterValueKind Kind { get; }

    /// <summary>A text; a number as it is spelled, where it has a spelling; "true" or "false".</summary>
    public ReadOnlySpan<byte> Utf8 { get; }

    /// <summary>The value of a number.</summary>
    public double Number { get; }

    /// <summary>A text, in UTF-8 and without escapes.</summary>
    public static FilterValue OfText(ReadOnlySpan<byte> utf8) => new(FilterValueKind.Text, utf8, 0);

    /// <summary>A number that has no spelling.</summary>
    public static FilterValue OfNumber(double number) => new(FilterValueKind.Number, default, number);

    /// <summary>A number as JSON spells it.</summary>
    public static FilterValue OfNumber(ReadOnlySpan<byte> spelling) =>
        new(FilterValueKind.Number, spelling, Utf8Parser.TryParse(spelling, out double number, out var read) && read == spelling.Length ? number : double.NaN);

    /// <summary>true or false.</summary>
    public static FilterValue OfBoolean(bool value) => new(FilterValueKind.Boolean, value ? "true"u8 : "false"u8, 0);

    /// <summary>A number, or a text that spells one: integers beyond 2^53, "NaN", "+Inf" and "-Inf" are texts in receipts.</summary>
    public bool TryGetNumber(out double number)
    {
        number = Number;
        if (Kind == FilterValueKind.Number)
            return true;
        if (Kind != FilterValueKind.Text)
            return false;
        if (Utf8Parser.TryParse(Utf8, out number, out var read) && read == Utf8.Length)
            return true;
        number = Utf8.SequenceEqual("+Inf"u8) ? double.PositiveInfinity : Utf8.SequenceEqual("-Inf"u8) ? double.NegativeInfinity : double.NaN;
        return !double.IsNaN(number) || Utf8.SequenceEqual("NaN"u8);
    }
}
