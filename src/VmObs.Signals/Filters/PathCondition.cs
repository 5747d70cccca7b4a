namespace VmObs.Signals.Filters;

/// <summary>Some value at a path passes a test.</summary>
internal sealed class PathCondition(FilterPath path, FilterTest test) : Condition
{
    public override bool Holds(in FilterSubject subject) => subject.Any(path, test);

    public override void CollectRequired(List<KeyValuePair<string, string>> required)
    {
        if (test.RequiredText is { Length: > 0 } text && IsPlain(text))
            required.Add(new(path.Text, text));
    }

    // JSON writes these as they are.
    private static bool IsPlain(string text) => !text.AsSpan().ContainsAnyExceptInRange(' ', '~') && !text.AsSpan().ContainsAny('"', '\\');
}
