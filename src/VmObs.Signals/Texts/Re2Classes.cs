using System.Globalization;
using System.Text;

namespace VmObs.Signals.Texts;

/// <summary>Character classes and escapes of RE2 in .NET's spelling.</summary>
internal static class Re2Classes
{
    private static readonly Dictionary<string, string> s_named = new(StringComparer.Ordinal)
    {
        ["alnum"] = "0-9A-Za-z", ["alpha"] = "A-Za-z", ["ascii"] = @"\x00-\x7F", ["blank"] = @"\t\x20", ["cntrl"] = @"\x00-\x1F\x7F", ["digit"] = "0-9",
        ["graph"] = "!-~", ["lower"] = "a-z", ["print"] = @"\x20-~", ["punct"] = @"!-/:-@\[-`{-~", ["space"] = @"\t\n\v\f\r\x20", ["upper"] = "A-Z",
        ["word"] = "0-9A-Za-z_", ["xdigit"] = "0-9A-Fa-f",
    };

    // What is left of all characters when those of the class are taken away.
    private static readonly Dictionary<string, string> s_others = new(StringComparer.Ordinal)
    {
        ["alnum"] = @"\x00-/:-@\[-`{-\uFFFF", ["alpha"] = @"\x00-@\[-`{-\uFFFF", ["ascii"] = @"\x80-\uFFFF", ["blank"] = @"\x00-\x08\n-\x1F!-\uFFFF",
        ["cntrl"] = @"\x20-~\x80-\uFFFF", ["digit"] = @"\x00-/:-\uFFFF", ["graph"] = @"\x00-\x20\x7F-\uFFFF", ["lower"] = @"\x00-`{-\uFFFF",
        ["print"] = @"\x00-\x1F\x7F-\uFFFF", ["punct"] = @"\x00-\x200-9A-Za-z\x7F-\uFFFF", ["space"] = @"\x00-\x08\x0E-\x1F!-\uFFFF",
        ["upper"] = @"\x00-@\[-\uFFFF", ["word"] = @"\x00-/:-@\[-\^`{-\uFFFF", ["xdigit"] = @"\x00-/:-@G-`g-\uFFFF", ["perlspace"] = @"\x00-\x08\x0B\x0E-\x1F!-\uFFFF",
    };

    private static readonly string[] s_categories =
    [
        "L", "Ll", "Lu", "Lt", "Lm", "Lo", "M", "Mn", "Mc", "Me", "N", "Nd", "Nl", "No", "P", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po",
        "S", "Sm", "Sc", "Sk", "So", "Z", "Zs", "Zl", "Zp", "C", "Cc", "Cf", "Cs", "Co",
    ];

    /// <summary>A character that stands for itself.</summary>
    public static string Literal(char c) => char.IsAsciiLetterOrDigit(c) || c > '\x7F' ? c.ToString() : $@"\x{(int)c:X2}";

    /// <summary>Reads an escape, from its backslash on.</summary>
    public static bool TryReadEscape(string pattern, ref int at, bool isInClass, out string written, out string? wrong)
    {
        (written, wrong) = ("", null);
        if (at + 1 >= pattern.Length)
        {
            wrong = @"a \ at the end";
            return false;
        }
        var c = pattern[at + 1];
        switch (c)
        {
            case 'd' or 'D' or 'w' or 'W' or 's' or 'S':
                var set = PerlClass(c);
                written = isInClass ? set : $"[{set}]";
                at += 2;
                return true;
            case 'p' or 'P':
                return TryReadCategory(pattern, ref at, out written, out wrong);
            case 'x':
                return TryReadCode(pattern, ref at, out written, out wrong);
            case '0':
                var end = at + 2;
                while (end < pattern.Length && end < at + 4 && pattern[end] is >= '0' and <= '7')
                    end++;
                written = Literal((char)Convert.ToInt32(pattern[(at + 1)..end], 8));
                at = end;
                return true;
            case 'a' or 'f' or 't' or 'n' or 'r' or 'v':
                written = $@"\{c}";
                at += 2;
                return true;
        }
        if (char.IsAsciiLetterOrDigit(c))
        {
            wrong = $@"\{c} is not in RE2";
            return false;
        }
        written = Literal(c);
        at += 2;
        return true;
    }

    /// <summary>Reads a class, from its bracket on.</summary>
    public static bool TryReadClass(string pattern, ref int at, out string written, out string? wrong)
    {
        var set = new StringBuilder("[");
        (written, wrong) = ("", null);
        at++;
        if (at < pattern.Length && pattern[at] == '^')
        {
            set.Append('^');
            at++;
        }
        // A bracket that comes first stands for itself.
        for (var isFirst = true; at < pattern.Length && (isFirst || pattern[at] != ']'); isFirst = false)
        {
            if (pattern[at] == '[' && at + 1 < pattern.Length && pattern[at + 1] == ':')
            {
                if (!TryReadNamed(pattern, ref at, set, out wrong))
                    return false;
            }
            else if (pattern[at] == '\\')
            {
                if (!TryReadEscape(pattern, ref at, isInClass: true, out var escape, out wrong))
                    return false;
                set.Append(escape);
            }
            else
            {
                set.Append(pattern[at] == '-' && IsRange(pattern, at, isFirst) ? "-" : Literal(pattern[at]));
                at++;
            }
        }
        if (at >= pattern.Length)
        {
            wrong = "a ] is missing";
            return false;
        }
        at++;
        written = set.Append(']').ToString();
        return true;
    }

    private static bool IsRange(string pattern, int at, bool isFirst) =>
        !isFirst && pattern[at - 1] != '^' && at + 1 < pattern.Length && pattern[at + 1] != ']' && pattern[at + 1] != '[';

    private static string PerlClass(char c) => c switch
    {
        'd' => s_named["digit"],
        'D' => s_others["digit"],
        'w' => s_named["word"],
        'W' => s_others["word"],
        's' => @"\t\n\f\r\x20",
        _ => s_others["perlspace"],
    };

    private static bool TryReadNamed(string pattern, ref int at, StringBuilder set, out string? wrong)
    {
        var end = pattern.IndexOf(":]", at + 2, StringComparison.Ordinal);
        var name = end < 0 ? "" : pattern[(at + 2)..end];
        var isNegated = name.StartsWith('^');
        if (!(isNegated ? s_others : s_named).TryGetValue(name.TrimStart('^'), out var members))
        {
            wrong = $"[:{name}:] is no class: {string.Join(", ", s_named.Keys)}";
            return false;
        }
        set.Append(members);
        at = end + 2;
        wrong = null;
        return true;
    }

    // \pN, \p{Lu}, \P{^L}.
    private static bool TryReadCategory(string pattern, ref int at, out string written, out string? wrong)
    {
        (written, wrong) = ("", null);
        var isNegated = pattern[at + 1] == 'P';
        string name;
        int end;
        if (at + 2 < pattern.Length && pattern[at + 2] == '{')
        {
            end = pattern.IndexOf('}', at) + 1;
            name = end == 0 ? "" : pattern[(at + 3)..(end - 1)];
        }
        else
        {
            end = Math.Min(at + 3, pattern.Length);
            name = pattern[(at + 2)..end];
        }
        if (name.StartsWith('^'))
            (isNegated, name) = (!isNegated, name[1..]);
        if (!s_categories.Contains(name))
        {
            wrong = $@"\p{{{name}}} is no general category of Unicode such as L, Lu or Nd";
            return false;
        }
        at = end;
        written = $@"\{(isNegated ? 'P' : 'p')}{{{name}}}";
        return true;
    }

    // \x7F, \x{10FFFF}; beyond the first plane a character is two units.
    private static bool TryReadCode(string pattern, ref int at, out string written, out string? wrong)
    {
        (written, wrong) = ("", null);
        var isBraced = at + 2 < pattern.Length && pattern[at + 2] == '{';
        var end = isBraced ? pattern.IndexOf('}', at) : Math.Min(at + 4, pattern.Length);
        var digits = end < 0 ? "" : pattern[(at + (isBraced ? 3 : 2))..end];
        if (!int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) || code > 0xFFFF)
        {
            wrong = $@"\x{{{digits}}} is no hexadecimal code up to FFFF";
            return false;
        }
        at = isBraced ? end + 1 : end;
        written = $@"\u{code:X4}";
        return true;
    }
}
