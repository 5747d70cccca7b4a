using VmObs.Query.Metrics;
using VmObs.Signals;
using VmObs.Signals.Labels;
using VmObs.Signals.Ports;

namespace VmObs.Api;

/// <summary>The parameters by which series are named: metric, node, label, match, category.</summary>
internal static class MetricParameters
{
    /// <summary>Their names, with those of the range.</summary>
    public static IReadOnlyList<string> Names { get; } = ["from", "to", "last", "node", "metric", "label*", "match", "match[]", "category"];

    private const string LabelWanted = "name=value, name!=value, name=~regex or name!~regex, such as region=eu-west";

    /// <summary>Reads range and matchers; what is wrong is the parameters' <see cref="QueryParameters.Problem"/>.</summary>
    public static (MetricQuery Query, string? Category) Read(QueryParameters parameters, long nowUnixNanos, long? defaultLastNanos)
    {
        var range = parameters.Range(nowUnixNanos, defaultLastNanos);
        var matchers = new List<LabelMatcher>();
        if (parameters.Text("metric") is { } metric)
            matchers.Add(LabelMatcher.Equal("__name__", metric));
        if (parameters.Text("node") is { } node)
            matchers.Add(LabelMatcher.Equal("node", NodeName.ToShort(node)));
        foreach (var text in parameters.Texts("label"))
            AddLabel(parameters, text, matchers);
        foreach (var name in (ReadOnlySpan<string>)["match", "match[]"])
        {
            if (parameters.Text(name) is not { } selector)
                continue;
            if (SeriesSelector.TryParse(selector, out var parsed) is var (column, message))
                parameters.Fail(name, selector, $"{SeriesSelector.Wanted}; column {column}: {message}");
            matchers.AddRange(parsed);
        }
        return (new MetricQuery(range.FromUnixNanos, range.ToUnixNanos, matchers), parameters.Choice("category", [.. MetricCategory.Names]));
    }

    private static void AddLabel(QueryParameters parameters, string text, List<LabelMatcher> matchers)
    {
        var at = text.IndexOfAny(['=', '!']);
        if (at <= 0)
        {
            parameters.Fail("label", text, LabelWanted);
            return;
        }
        var rest = text.AsSpan(at);
        MatchOperator? matchOperator = rest.StartsWith("=~") ? MatchOperator.Matches : rest.StartsWith("!~") ? MatchOperator.NotMatches
            : rest.StartsWith("!=") ? MatchOperator.NotEqual : rest.StartsWith("=") ? MatchOperator.Equal : null;
        if (matchOperator is not { } known)
        {
            parameters.Fail("label", text, LabelWanted);
            return;
        }
        if (LabelMatcher.TryCreate(text[..at], known, text[(at + known.Text().Length)..], out var matcher) is { } wrong)
            parameters.Fail("label", text, $"a regular expression in RE2's syntax: {wrong}");
        matchers.Add(matcher);
    }
}
