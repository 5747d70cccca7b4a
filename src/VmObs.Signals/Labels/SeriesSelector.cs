using System.Globalization;
using System.Text;

namespace VmObs.Signals.Labels;

/// <summary>Reads the selector of series that Prometheus has: <c>http_requests_total{job="api", code!~"5.."}</c>.</summary>
/// <remarks>A name that is none of <c>[a-zA-Z_:][a-zA-Z0-9_:.]*</c> stands in quotes: <c>{"http.requests", "service.name"="api"}</c>.</remarks>
public static class SeriesSelector
{
    /// <summary>What can stand for a selector.</summary>
    public const string Wanted = "a selector of series such as cpu_percent{node=\"brick-01\", mode=~\"user|system\"}";

    /// <summary>Reads a selector.</summary>
    /// <param name="text">The text.</param>
    /// <param name="matchers">Its matchers; the metric's name is one too.</param>
    /// <returns>Null; or what is wrong, and at which column, from 1.</returns>
    public static (int Column, string Message)? TryParse(string text, out IReadOnlyList<LabelMatcher> matchers)
    {
        var parser = new Parser(text);
        matchers = parser.Matchers;
        return parser.Read() is { } wrong ? (parser.At + 1, wrong) : null;
    }

    private struct Parser(string text)
    {
        public readonly List<LabelMatcher> Matchers { get; } = [];

        public int At { get; private set; }

        public string? Read()
        {
            Space();
            if (Identifier() is { } metric)
                Matchers.Add(LabelMatcher.Equal("__name__", metric));
            Space();
            if (Take("{") && Conditions() is { } wrong)
                return wrong;
            Space();
            if (At < text.Length)
                return "want { or the end";
            return Matchers.Count == 0 ? "want a metric's name or conditions in { }" : null;
        }

        private string? Conditions()
        {
            for (Space(); !Take("}"); Space())
            {
                if (Condition() is { } wrong)
                    return wrong;
                Space();
                if (!Take(",") && (At >= text.Length || text[At] != '}'))
                    return "want , or }";
            }
            return null;
        }

        private string? Condition()
        {
            var isQuoted = At < text.Length && text[At] is '"' or '\'' or '`';
            var name = isQuoted ? Quoted(out var broken) : Identifier();
            if (name is null)
                return isQuoted ? "want the quote's end, and \\ only before what can be escaped" : "want a label's name";
            Space();
            if (Operator() is not { } matchOperator)
            {
                if (!isQuoted)
                    return "want =, !=, =~ or !~";
                Matchers.Add(LabelMatcher.Equal("__name__", name));
                return null;
            }
            Space();
            var start = At;
            if (Quoted(out broken) is not { } value)
                return broken ? "want the quote's end, and \\ only before what can be escaped" : "want a value in quotes";
            if (LabelMatcher.TryCreate(name, matchOperator, value, out var matcher) is { } wrong)
            {
                At = start;
                return $"not a regular expression: {wrong}";
            }
            Matchers.Add(matcher);
            return null;
        }

        private MatchOperator? Operator() =>
            Take("=~") ? MatchOperator.Matches : Take("!~") ? MatchOperator.NotMatches : Take("!=") ? MatchOperator.NotEqual : Take("=") ? MatchOperator.Equal : null;

        private string? Identifier()
        {
            var start = At;
            while (At < text.Length && (char.IsAsciiLetter(text[At]) || text[At] is '_' or ':' || (At > start && (char.IsAsciiDigit(text[At]) || text[At] == '.'))))
                At++;
            return At > start ? text[start..At] : null;
        }

        /// <summary>A text in quotes; null where there is none, or it is broken.</summary>
        private string? Quoted(out bool broken)
        {
            broken = false;
            if (At >= text.Length || text[At] is not ('"' or '\'' or '`'))
                return null;
            broken = true;
            var quote = text[At];
            var value = new StringBuilder();
            for (var at = At + 1; at < text.Length; at++)
            {
                if (text[at] == quote)
                {
                    At = at + 1;
                    return value.ToString();
                }
                if (text[at] != '\\' || quote == '`')
                {
                    value.Append(text[at]);
                    continue;
                }
                if (Unescape(text, ref at) is not { } sign)
                    return null;
                value.Append(sign);
            }
            return null;
        }

        private static string? Unescape(string text, ref int at)
        {
            if (++at >= text.Length)
                return null;
            switch (text[at])
            {
                case 'n':
                    return "\n";
                case 't':
                    return "\t";
                case 'r':
                    return "\r";
                case '\\' or '"' or '\'':
                    return text[at].ToString();
                case 'u' when at + 4 < text.Length && ushort.TryParse(text.AsSpan(at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code):
                    at += 4;
                    return ((char)code).ToString();
                default:
                    return null;
            }
        }

        private void Space()
        {
            while (At < text.Length && char.IsWhiteSpace(text[At]))
                At++;
        }

        private bool Take(string sign)
        {
            if (string.CompareOrdinal(text, At, sign, 0, sign.Length) != 0)
                return false;
            At += sign.Length;
            return true;
        }
    }
}
