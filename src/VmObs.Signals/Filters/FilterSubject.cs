namespace VmObs.Signals.Filters;

/// <summary>What a filter is asked about: a JSON document, or something that answers for itself.</summary>
internal readonly ref struct FilterSubject
{
    private static readonly FilterPath s_attributes = new(["attributes"]);

    private readonly ReadOnlySpan<byte> _json;
    private readonly IFilterDocument? _document;

    public FilterSubject(ReadOnlySpan<byte> json) => _json = json;

    public FilterSubject(IFilterDocument document) => _document = document;

    /// <summary>Whether any value at the path passes the test.</summary>
    public bool Any(FilterPath path, FilterTest test)
    {
        if (_document is not null)
            return _document.Any(path, test);
        if (path.AnyIn(_json, test, out var found))
            return true;
        return !found && path.Segments[0] != s_attributes.Text && JsonPathScan.TryFindObject(_json, s_attributes, out var attributes)
            && path.AnyIn(attributes, test, out _);
    }
}
