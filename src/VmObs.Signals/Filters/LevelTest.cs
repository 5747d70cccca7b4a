using System.Text;
using VmObs.Signals.Logs;

namespace VmObs.Signals.Filters;

/// <summary>Compares in the order of levels: trace, debug, info, warn, error, fatal.</summary>
internal sealed class LevelTest(Comparison comparison, Level wanted) : FilterTest
{
    private const int LongestName = 8;

    internal override string? RequiredText => comparison == Comparison.Equal ? wanted.Name() : null;

    public override bool Accepts(in FilterValue value)
    {
        if (value.Kind != FilterValueKind.Text || value.Utf8.Length > LongestName)
            return false;
        Span<char> name = stackalloc char[LongestName];
        return Levels.TryParse(name[..Encoding.UTF8.GetChars(value.Utf8, name)], out var level) && comparison.Holds((int)level - (int)wanted);
    }
}
