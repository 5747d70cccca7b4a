using System.Buffers;
using System.Globalization;
using System.Text;

namespace VmObs.Signals.Texts;

/// <summary>Writes one RE2 pattern as .NET's.</summary>
internal sealed class Re2Translation(string pattern)
{
    private const int MaxRepeat = 1000;

    private static readonly SearchValues<char> s_repeatCharacters = SearchValues.Create("0123456789,");

    private static readonly SearchValues<char> s_nameCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    private readonly StringBuilder _out = new();
    // Whether ^ and $ stand at lines' ends, by group.
    private readonly Stack<bool> _multiline = new([false]);
    private int _at;

    /// <summary>What is wrong; null while nothing is.</summary>
    public string? Wrong { get; private set; }

    /// <summary>The translation; null when the pattern is none of RE2's.</summary>
    public string? Run()
    {
        while (_at < pattern.Length && Wrong is null)
            Step();
        if (Wrong is null && _multiline.Count > 1)
            Wrong = "a ) is missing";
        return Wrong is null ? _out.ToString() : null;
    }

    private void Step()
    {
        var c = pattern[_at];
        switch (c)
        {
            case '\\':
                Escape();
                break;
            case '[':
                Class();
                break;
            case '(':
                Group();
                break;
            case ')':
                EndGroup();
                break;
            case '$':
                _at++;
                _out.Append(_multiline.Peek() ? "$" : @"\z");
                break;
            case '{':
                Repeat();
                break;
            case '#' or ' ':
                // Only a pattern with white space turned off reads these otherwise, and RE2 has no such flag.
                _at++;
                _out.Append('\\').Append(c);
                break;
            default:
                _at++;
                _out.Append(c);
                break;
        }
    }

    private void Group()
    {
        if (!pattern.AsSpan(_at).StartsWith("(?"))
        {
            _at++;
            _out.Append('(');
            _multiline.Push(_multiline.Peek());
            return;
        }
        var rest = pattern.AsSpan(_at + 2);
        var isNamed = rest.StartsWith("P<") || (rest.StartsWith("<") && rest.Length > 1 && rest[1] is not ('=' or '!'));
        if (isNamed)
        {
            var name = rest[(rest.IndexOf('<') + 1)..];
            var end = name.IndexOf('>');
            if (end <= 0 || name[..end].ContainsAnyExcept(s_nameCharacters))
            {
                Wrong = "a group's name is letters, digits and _ before >";
                return;
            }
            _out.Append("(?<_").Append(name[..end]).Append('>');
            _at = pattern.IndexOf('>', _at) + 1;
            _multiline.Push(_multiline.Peek());
            return;
        }
        Flags(rest);
    }

    // (?i) for the rest of the group, (?i:…) for a group of its own.
    private void Flags(ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOfAny(':', ')');
        if (end < 0 || rest[..end].ContainsAnyExcept("imsU-") || rest[..end].Count('-') > 1)
        {
            Wrong = $"(?{(rest.IsEmpty ? "" : rest[0])} is not in RE2: groups are (…), (?:…), (?P<name>…), and flags are i, m, s, U";
            return;
        }
        var minus = rest[..end].IndexOf('-');
        var on = minus < 0 ? rest[..end] : rest[..minus];
        var off = minus < 0 ? default : rest[(minus + 1)..end];
        var multiline = !off.Contains('m') && (on.Contains('m') || _multiline.Peek());
        // U turns greed around, which decides where a match ends, never whether there is one.
        var kept = $"{on.ToString().Replace("U", "", StringComparison.Ordinal)}{(off.IsEmpty ? "" : "-" + off.ToString().Replace("U", "", StringComparison.Ordinal))}".TrimEnd('-');
        if (rest[end] == ':')
        {
            _out.Append("(?").Append(kept).Append(':');
            _multiline.Push(multiline);
        }
        else
        {
            if (kept.Length > 0)
                _out.Append("(?").Append(kept).Append(')');
            _multiline.Pop();
            _multiline.Push(multiline);
        }
        _at += 2 + end + 1;
    }

    private void EndGroup()
    {
        if (_multiline.Count == 1)
        {
            Wrong = "a ) without its (";
            return;
        }
        _multiline.Pop();
        _at++;
        _out.Append(')');
    }

    // {2}, {2,}, {2,5}; any other { stands for itself.
    private void Repeat()
    {
        var end = pattern.IndexOf('}', _at);
        var inside = end < 0 ? default : pattern.AsSpan(_at + 1, end - _at - 1);
        if (inside.IsEmpty || !char.IsAsciiDigit(inside[0]) || inside.ContainsAnyExcept(s_repeatCharacters) || inside.Count(',') > 1)
        {
            _at++;
            _out.Append(@"\{");
            return;
        }
        foreach (var number in inside.Split(','))
        {
            if (!inside[number].IsEmpty && (inside[number].Length > 4 || int.Parse(inside[number], CultureInfo.InvariantCulture) > MaxRepeat))
                Wrong = $"{{{inside}}} repeats more than {MaxRepeat} times";
        }
        _out.Append('{').Append(inside).Append('}');
        _at = end + 1;
    }

    private void Escape()
    {
        if (_at + 1 == pattern.Length)
        {
            Wrong = @"a \ at the end";
            return;
        }
        var c = pattern[_at + 1];
        if (c == 'Q')
        {
            var end = pattern.IndexOf(@"\E", _at + 2, StringComparison.Ordinal);
            foreach (var literal in end < 0 ? pattern.AsSpan(_at + 2) : pattern.AsSpan(_at + 2, end - _at - 2))
                _out.Append(Re2Classes.Literal(literal));
            _at = end < 0 ? pattern.Length : end + 2;
            return;
        }
        switch (c)
        {
            case 'A' or 'z' or 'b' or 'B':
                _out.Append('\\').Append(c);
                _at += 2;
                return;
            case 'C':
                Wrong = @"\C (a single byte) is not taken: texts are matched by characters";
                return;
            case >= '1' and <= '9':
                Wrong = $@"\{c}: RE2 has no back references";
                return;
        }
        if (Re2Classes.TryReadEscape(pattern, ref _at, isInClass: false, out var written, out var wrong))
            _out.Append(written);
        else
            Wrong = wrong;
    }

    private void Class()
    {
        if (Re2Classes.TryReadClass(pattern, ref _at, out var written, out var wrong))
            _out.Append(written);
        else
            Wrong = wrong;
    }
}
