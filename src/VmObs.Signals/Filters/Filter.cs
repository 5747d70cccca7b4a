using System.Diagnostics.CodeAnalysis;

namespace VmObs.Signals.Filters;

/// <summary>A condition on documents, such as <c>log_counts.error &gt; 0 AND service IN ['treasury', 'identity']</c>. Language: docs/ask/filters.md.</summary>
/// <remarks>Immutable and thread-safe; matching allocates nothing but for regular expressions over long texts.</remarks>
public sealed class Filter
{
    /// <summary>The longest text that is read, UTF-16 units.</summary>
    public const int MaxLength = 16 * 1024;

    private readonly Condition _condition;

    private Filter(string text, Condition condition)
    {
        (Text, _condition) = (text, condition);
        var required = new List<KeyValuePair<string, string>>();
        condition.CollectRequired(required);
        Required = required;
    }

    /// <summary>The text that was read.</summary>
    public string Text { get; }

    /// <summary>Paths and texts of which the filter says that they must be equal, whatever else holds: every document that matches has each of
    /// these texts at its path, and a raw JSON document holds it byte for byte. Only printable ASCII without quotes and backslashes.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Required { get; }

    /// <summary>Reads a filter.</summary>
    /// <param name="text">The text, at most <see cref="MaxLength"/> long.</param>
    /// <param name="filter">The filter; null when it could not be read.</param>
    /// <param name="error">What is wrong, and where; null when it was read.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out Filter? filter, [NotNullWhen(false)] out FilterError? error)
    {
        filter = null;
        if (text.Length > MaxLength)
        {
            error = new FilterError(MaxLength + 1, $"{text.Length} characters", $"at most {MaxLength}");
            return false;
        }
        var parser = new FilterParser(text);
        if (parser.Parse() is { } condition)
            filter = new Filter(text, condition);
        error = parser.Error;
        return filter is not null;
    }

    /// <summary>Whether a JSON object matches.</summary>
    /// <param name="document">One valid JSON object in UTF-8. A path that it does not have is looked for in its <c>attributes</c>.</param>
    public bool Matches(ReadOnlySpan<byte> document) => _condition.Holds(new FilterSubject(document));

    /// <summary>Whether something that is no JSON document matches.</summary>
    public bool Matches(IFilterDocument document) => _condition.Holds(new FilterSubject(document));

    /// <inheritdoc/>
    public override string ToString() => Text;
}
