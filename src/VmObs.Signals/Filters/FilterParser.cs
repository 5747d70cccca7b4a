using VmObs.Signals.Texts;

namespace VmObs.Signals.Filters;

/// <summary>Reads a filter by recursive descent; ends at the first error.</summary>
/// <remarks>
/// <code>
/// any   = all { ("OR" | "||") all }            all  = unary { ("AND" | "&amp;&amp;") unary }
/// unary = ("NOT" | "!") unary | "(" any ")" | "true" | "false" | "exists" path | path test
/// test  = op value | "=~" text | "!~" text | ["NOT"] "IN" list
/// </code>
/// </remarks>
internal sealed class FilterParser(string text)
{
    /// <summary>Nesting is bounded so that no text exhausts the stack.</summary>
    private const int MaxDepth = 64;

    private const int MaxConditions = 1024;

    private FilterToken _token = FilterTokenizer.Read(text, 0);
    private int _conditions;

    /// <summary>What is wrong; null while nothing is.</summary>
    public FilterError? Error { get; private set; }

    /// <summary>Reads the whole text.</summary>
    /// <returns>Null when it cannot be read.</returns>
    public Condition? Parse()
    {
        if (ParseAny(0) is not { } condition)
            return null;
        return _token.Kind == FilterTokenKind.End ? condition : FailAt("AND, OR or the end", Glue());
    }

    private Condition? ParseAny(int depth) => ParseChain(depth, ParseAll, "OR", "||", static conditions => new AnyCondition(conditions));

    private Condition? ParseAll(int depth) => ParseChain(depth, ParseUnary, "AND", "&&", static conditions => new AllConditions(conditions));

    private Condition? ParseChain(int depth, Func<int, Condition?> part, string word, string signs, Func<Condition[], Condition> join)
    {
        var conditions = new List<Condition>();
        do
        {
            if (part(depth) is not { } condition)
                return null;
            conditions.Add(condition);
        }
        while (TryTake(word, signs));
        return conditions.Count == 1 ? conditions[0] : join([.. conditions]);
    }

    private Condition? ParseUnary(int depth)
    {
        if (depth == MaxDepth)
            return FailAt($"at most {MaxDepth} levels of parentheses and NOT");
        if (TryTake("NOT", "!"))
            return ParseUnary(depth + 1) is { } negated ? new NotCondition(negated) : null;
        if (_token.Kind == FilterTokenKind.Open)
        {
            Take();
            if (ParseAny(depth + 1) is not { } inner)
                return null;
            return TryTake(FilterTokenKind.Close) ? inner : FailAt("AND, OR or )", Glue());
        }
        if (++_conditions > MaxConditions)
            return FailAt($"at most {MaxConditions} conditions");
        if (_token.Kind == FilterTokenKind.Word && _token.Text is "true" or "false" && !IsPathGoingOn())
            return new ConstantCondition(Take().Text == "true");
        if (_token.Is("exists") && FilterTokenizer.Read(text, _token.End).Kind is FilterTokenKind.Word or FilterTokenKind.QuotedWord or FilterTokenKind.Open)
            return ParseExists();
        return ParsePath() is { } path ? ParseTest(path) : null;
    }

    private PathCondition? ParseExists()
    {
        Take();
        var isWrapped = TryTake(FilterTokenKind.Open);
        if (ParsePath() is not { } path)
            return null;
        if (isWrapped && !TryTake(FilterTokenKind.Close))
        {
            FailAt(")");
            return null;
        }
        return new PathCondition(path, ExistsTest.Instance);
    }

    private bool IsPathGoingOn() => FilterTokenizer.Read(text, _token.End).Kind is FilterTokenKind.Dot or FilterTokenKind.Comparison
        && FilterTokenizer.Read(text, _token.End).Text is not ("&&" or "||");

    private FilterPath? ParsePath()
    {
        var segments = new List<string>();
        do
        {
            if (_token.Kind is not (FilterTokenKind.Word or FilterTokenKind.QuotedWord) || (segments.Count == 0 && IsKeyword()))
            {
                FailAt(segments.Count == 0 ? "a field such as level, duration_ms or log_counts.error" : "the rest of a field's name", Swapped());
                return null;
            }
            segments.Add(Take().Text);
        }
        while (segments.Count <= FilterPath.MaxSegments && TryTake(FilterTokenKind.Dot));
        if (segments.Count <= FilterPath.MaxSegments)
            return new FilterPath(segments);
        FailAt($"at most {FilterPath.MaxSegments} names with dots between");
        return null;
    }

    private bool IsKeyword() => _token.Is("AND") || _token.Is("OR") || _token.Is("IN");

    private Condition? ParseTest(FilterPath path)
    {
        var isNegated = _token.Is("NOT");
        if (isNegated)
            Take();
        if (_token.Is("IN"))
        {
            Take();
            return ParseList(path) is { } list ? Negate(isNegated, new PathCondition(path, list)) : null;
        }
        if (isNegated)
            return FailAt("IN after NOT");
        if (_token.Kind != FilterTokenKind.Comparison || _token.Text is "!" or "&&" or "||")
            return FailAt("==, !=, <, <=, >, >=, =~, !~, IN or NOT IN", Operator(path));
        var sign = Take().Text;
        if (sign is "=~" or "!~")
            return ParsePattern() is { } pattern ? Negate(sign == "!~", new PathCondition(path, pattern)) : null;
        var comparison = sign switch
        {
            "<" => Comparison.Less,
            "<=" => Comparison.LessOrEqual,
            ">" => Comparison.Greater,
            ">=" => Comparison.GreaterOrEqual,
            _ => Comparison.Equal,
        };
        return ParseValue(path, comparison) is { } test ? Negate(sign == "!=", test) : null;
    }

    private static Condition Negate(bool isNegated, Condition condition) => isNegated ? new NotCondition(condition) : condition;

    private Condition? ParseValue(FilterPath path, Comparison comparison)
    {
        if (_token.Is("null"))
        {
            if (comparison != Comparison.Equal)
                return FailAt("== or != before null");
            Take();
            return new NotCondition(new PathCondition(path, ExistsTest.Instance));
        }
        if (LiteralTests.Of(path, comparison, _token) is var (test, error) && error is not null)
            return Fail(error with { Column = _token.Start + 1 });
        Take();
        return new PathCondition(path, test!);
    }

    private OneOfTest? ParseList(FilterPath path)
    {
        var close = _token.Kind switch { FilterTokenKind.OpenList => FilterTokenKind.CloseList, FilterTokenKind.Open => FilterTokenKind.Close, _ => default };
        if (close == default)
        {
            FailAt("a list such as ['treasury', 'identity']");
            return null;
        }
        Take();
        var tests = new List<FilterTest>();
        do
        {
            if (++_conditions > MaxConditions)
            {
                FailAt($"at most {MaxConditions} conditions");
                return null;
            }
            if (LiteralTests.Of(path, Comparison.Equal, _token) is var (test, error) && error is not null)
            {
                Fail(error with { Column = _token.Start + 1 });
                return null;
            }
            tests.Add(test!);
            Take();
        }
        while (TryTake(FilterTokenKind.Comma));
        if (TryTake(close))
            return new OneOfTest([.. tests]);
        FailAt(close == FilterTokenKind.Close ? ", or )" : ", or ]");
        return null;
    }

    private PatternTest? ParsePattern()
    {
        if (_token.Kind != FilterTokenKind.Text)
        {
            FailAt("a pattern in quotes, such as 'treasury|identity'");
            return null;
        }
        if (Re2.TryTranslate(_token.Text, out var pattern, out var wrong))
        {
            Take();
            return new PatternTest(pattern);
        }
        Fail(new FilterError(_token.Start + 1, Shown(), $"a pattern in RE2's syntax: {wrong}"));
        return null;
    }

    private FilterToken Take()
    {
        var taken = _token;
        _token = FilterTokenizer.Read(text, taken.End);
        return taken;
    }

    private bool TryTake(FilterTokenKind kind)
    {
        if (_token.Kind != kind)
            return false;
        Take();
        return true;
    }

    private bool TryTake(string word, string signs)
    {
        if (!_token.Is(word) && (_token.Kind != FilterTokenKind.Comparison || _token.Text != signs))
            return false;
        Take();
        return true;
    }

    private string Shown() => _token.Kind == FilterTokenKind.End ? "the end" : text.Substring(_token.Start, Math.Min(_token.Length, 60));

    private Condition? FailAt(string wanted, string? suggestion = null) => Fail(new FilterError(_token.Start + 1, Shown(), wanted, suggestion));

    private Condition? Fail(FilterError error)
    {
        Error ??= error;
        return null;
    }

    // "a and b" is fine; "a, b" and "a; b" are habits from elsewhere.
    private string? Glue() => _token.Kind == FilterTokenKind.Comma || _token.Text is ";" or "&" ? "AND" : _token.Text == "|" ? "OR" : null;

    private string? Operator(FilterPath path)
    {
        // level:error is another language's.
        if (path.Text.Split(':') is [{ Length: > 0 } field, { Length: > 0 } value])
            return $"{field} == '{value}'";
        return _token.Is("is") ? "==" : _token.Is("like") || _token.Is("contains") || _token.Is("matches") ? "=~" : null;
    }

    // 80 < cpu_percent: the field comes first.
    private string? Swapped()
    {
        if (_token.Kind is not (FilterTokenKind.Number or FilterTokenKind.Text or FilterTokenKind.Duration or FilterTokenKind.Size))
            return null;
        var sign = FilterTokenizer.Read(text, _token.End);
        var field = FilterTokenizer.Read(text, sign.End);
        var turned = sign.Text switch { "<" => ">", "<=" => ">=", ">" => "<", ">=" => "<=", _ => sign.Text };
        return sign.Kind == FilterTokenKind.Comparison && field.Kind == FilterTokenKind.Word
            ? $"{field.Text} {turned} {text.Substring(_token.Start, _token.Length)}"
            : null;
    }
}
