using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace VmObs.Signals.Filters;

/// <summary>=~: the pattern is found in a text, or in a number as it is spelled.</summary>
internal sealed class PatternTest(Regex pattern) : FilterTest
{
    private const int StackChars = 512;

    public override bool Accepts(in FilterValue value)
    {
        if (value.Kind is FilterValueKind.Null or FilterValueKind.Composite)
            return false;
        // UTF-8 never has fewer bytes than UTF-16 has units.
        var rented = value.Utf8.Length > StackChars ? ArrayPool<char>.Shared.Rent(value.Utf8.Length) : null;
        var text = rented ?? stackalloc char[StackChars];
        var found = pattern.IsMatch(text[..Encoding.UTF8.GetChars(value.Utf8, text)]);
        if (rented is not null)
            ArrayPool<char>.Shared.Return(rented);
        return found;
    }
}
