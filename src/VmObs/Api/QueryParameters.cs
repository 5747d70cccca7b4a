using System.Globalization;
using Microsoft.AspNetCore.Http;
using VmObs.Http;
using VmObs.Config;
using VmObs.Query.Times;
using VmObs.Signals.Filters;
using VmObs.Signals.Texts;

namespace VmObs.Api;

/// <summary>Reads a request's parameters strictly: a name that is not known, or stands twice, is reported rather than passed over.</summary>
/// <remarks>The first problem stands; the readers after it give their defaults.</remarks>
internal sealed class QueryParameters
{
    private readonly IQueryCollection _query;

    /// <param name="query">The request's.</param>
    /// <param name="known">All names the endpoint reads; a trailing "*" means that it may stand more than once.</param>
    public QueryParameters(IQueryCollection query, params ReadOnlySpan<string> known)
    {
        _query = query;
        var names = known.ToArray();
        foreach (var (name, values) in query)
        {
            if (names.Contains(name + "*"))
                continue;
            if (!names.Contains(name))
                Problem ??= Unknown(name, values.ToString(), names);
            else if (values.Count > 1)
                Problem ??= Problem.BadParameter(name, values.ToString(), "it once");
        }
    }

    /// <summary>The first thing that is wrong; null when nothing is.</summary>
    public Problem? Problem { get; private set; }

    /// <summary>A text; null when it is not given.</summary>
    public string? Text(string name)
    {
        if (!_query.TryGetValue(name, out var values))
            return null;
        if (values.ToString() is { Length: > 0 } text)
            return text;
        Problem ??= Problem.BadParameter(name, "", "a value, or not this parameter");
        return null;
    }

    /// <summary>All values of a parameter.</summary>
    public IReadOnlyList<string> Texts(string name) => _query.TryGetValue(name, out var values) ? [.. values.OfType<string>()] : [];

    /// <summary>An integer in a range, both ends inclusive.</summary>
    public int Integer(string name, int otherwise, int min, int max)
    {
        if (Text(name) is not { } text)
            return otherwise;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max)
            return number;
        Problem ??= Problem.BadParameter(name, text, $"a number from {min} to {max}");
        return otherwise;
    }

    /// <summary>One of some names, in any case.</summary>
    public string? Choice(string name, params ReadOnlySpan<string> choices)
    {
        if (Text(name) is not { } text)
            return null;
        foreach (var choice in choices)
        {
            if (text.Equals(choice, StringComparison.OrdinalIgnoreCase))
                return choice;
        }
        var all = choices.ToArray();
        Problem ??= Problem.BadParameter(name, text, string.Join(", ", all) + DidYouMean(text, all));
        return null;
    }

    /// <summary>from, to and last.</summary>
    public TimeRange Range(long nowUnixNanos, long? defaultLastNanos)
    {
        if (TimeRange.Parse(Text("from"), Text("to"), Text("last"), nowUnixNanos, defaultLastNanos, out var range) is { } error)
            Problem ??= Problem.BadTime(error);
        return range;
    }

    /// <summary>A filter; null when none is given or it cannot be read.</summary>
    public Filter? Filter(string name)
    {
        if (Text(name) is not { } text)
            return null;
        if (VmObs.Signals.Filters.Filter.TryParse(text, out var filter, out var error))
            return filter;
        Problem ??= Problem.BadParameter(name, text, $"a filter (docs/ask/filters.md); {error}");
        return null;
    }

    /// <summary>Reports what only the endpoint can tell.</summary>
    public void Fail(string name, string got, string wanted) => Problem ??= Problem.BadParameter(name, got, wanted);

    private static Problem Unknown(string name, string value, string[] known)
    {
        var names = known.Select(k => k.TrimEnd('*')).ToArray();
        return Problem.BadParameter(name, value, $"only {string.Join(", ", names)}{DidYouMean(name, names)}");
    }

    private static string DidYouMean(string text, IEnumerable<string> names) => NearestName.Of(text, names) is { } name ? $"; did you mean {name}?" : "";
}
