using System.Text;

namespace VmObs.Signals.Wire.PromText;

/// <summary>A series as the text formats write it: <c>name{a="b",c="d"}</c>, or with any UTF-8 in its names, <c>{"name",a="b"}</c>.</summary>
public static class SeriesText
{
    /// <summary>Finds where a series ends, checking its form.</summary>
    /// <param name="line">Begins with the series.</param>
    /// <param name="length">Its bytes; where the fault is when there is one.</param>
    /// <param name="expected">What was expected there.</param>
    internal static bool TryMeasure(ReadOnlySpan<byte> line, out int length, out string expected) => TryWalk(line, null, out length, out expected);

    /// <summary>Takes a series apart.</summary>
    /// <param name="series">What <see cref="ExpositionReader.Series"/> gave.</param>
    /// <param name="labels">Gets the labels as they stand, the name as __name__ first.</param>
    public static void Read(ReadOnlySpan<byte> series, List<KeyValuePair<string, string>> labels)
    {
        if (!TryWalk(series, labels, out _, out var expected))
            throw new ArgumentException($"BUG: no series: wants {expected}", nameof(series));
    }

    private static bool TryWalk(ReadOnlySpan<byte> line, List<KeyValuePair<string, string>>? labels, out int at, out string expected)
    {
        at = 0;
        while (at < line.Length && IsNameByte(line[at]))
            at++;
        if (at > 0)
            labels?.Add(new("__name__", Encoding.UTF8.GetString(line[..at])));
        var brace = at;
        while (brace < line.Length && line[brace] is (byte)' ' or (byte)'\t')
            brace++;
        if (brace >= line.Length || line[brace] != '{')
        {
            expected = "a metric's name or '{'";
            return at > 0;
        }
        at = brace + 1;
        return TryWalkLabels(line, labels, ref at, out expected);
    }

    private static bool TryWalkLabels(ReadOnlySpan<byte> line, List<KeyValuePair<string, string>>? labels, ref int at, out string expected)
    {
        while (true)
        {
            SkipSpace(line, ref at);
            if (at < line.Length && line[at] == '}')
            {
                at++;
                expected = "";
                return true;
            }
            if (!TryReadName(line, ref at, labels is not null, out var name, out var isQuoted, out expected))
                return false;
            SkipSpace(line, ref at);
            if (at < line.Length && line[at] == '=')
            {
                at++;
                SkipSpace(line, ref at);
                if (!TryReadQuoted(line, ref at, labels is not null, out var value, out expected))
                    return false;
                labels?.Add(new(name, value));
            }
            else if (isQuoted)
            {
                labels?.Insert(0, new("__name__", name));
            }
            else
            {
                expected = "'='";
                return false;
            }
            SkipSpace(line, ref at);
            if (at < line.Length && line[at] == ',')
                at++;
            else if (at >= line.Length || line[at] != '}')
            {
                expected = "',' or '}'";
                return false;
            }
        }
    }

    private static bool TryReadName(ReadOnlySpan<byte> line, ref int at, bool isWanted, out string name, out bool isQuoted, out string expected)
    {
        isQuoted = at < line.Length && line[at] == '"';
        if (isQuoted)
            return TryReadQuoted(line, ref at, isWanted, out name, out expected);
        var start = at;
        while (at < line.Length && IsNameByte(line[at]))
            at++;
        name = isWanted ? Encoding.UTF8.GetString(line[start..at]) : "";
        expected = "a label's name or '}'";
        return at > start;
    }

    private static bool TryReadQuoted(ReadOnlySpan<byte> line, ref int at, bool isWanted, out string text, out string expected)
    {
        text = "";
        expected = "'\"'";
        if (at >= line.Length || line[at] != '"')
            return false;
        var start = ++at;
        var hasEscape = false;
        while (true)
        {
            var stop = line[at..].IndexOfAny((byte)'"', (byte)'\\');
            at = stop < 0 ? line.Length : at + stop;
            if (at >= line.Length || (line[at] == '\\' && at + 1 >= line.Length))
            {
                expected = "a label value's end";
                return false;
            }
            if (line[at] == '"')
                break;
            hasEscape = true;
            at += 2;
        }
        if (isWanted)
            text = Unescape(line[start..at], hasEscape);
        at++;
        return true;
    }

    /// <summary>\\, \" and \n; a backslash before anything else stands for itself.</summary>
    private static string Unescape(ReadOnlySpan<byte> content, bool hasEscape)
    {
        if (!hasEscape)
            return Encoding.UTF8.GetString(content);
        var text = new List<byte>(content.Length);
        for (var i = 0; i < content.Length; i++)
        {
            var next = content[i] == '\\' && i + 1 < content.Length ? content[i + 1] : (byte)0;
            if (next is (byte)'\\' or (byte)'"' or (byte)'n')
            {
                text.Add(next == 'n' ? (byte)'\n' : next);
                i++;
            }
            else
            {
                text.Add(content[i]);
            }
        }
        return Encoding.UTF8.GetString(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(text));
    }

    private static void SkipSpace(ReadOnlySpan<byte> line, ref int at)
    {
        while (at < line.Length && line[at] is (byte)' ' or (byte)'\t')
            at++;
    }

    private static bool IsNameByte(byte b) => b is (>= (byte)'a' and <= (byte)'z') or (>= (byte)'A' and <= (byte)'Z') or (>= (byte)'0' and <= (byte)'9') or (byte)'_' or (byte)':';
}
