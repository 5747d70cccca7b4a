using System.Text;

namespace VmObs.Signals.Filters;

/// <summary>Where in a document a value stands: <c>log_counts.error</c>, <c>attributes.http.status_code</c>.</summary>
/// <remarks>A dot leads into an object, or is part of a member's name (OpenTelemetry's keys have dots): both are looked for. A path leads into
/// every element of an array.</remarks>
public sealed class FilterPath
{
    /// <summary>The most segments that a path has.</summary>
    public const int MaxSegments = 16;

    // [from][count - 1]: that many segments from there on, joined by dots.
    private readonly byte[][][] _names;
    private readonly FilterPath? _rest;

    internal FilterPath(IReadOnlyList<string> segments)
    {
        Segments = segments;
        Text = string.Join('.', segments);
        _names = new byte[segments.Count][][];
        for (var from = 0; from < segments.Count; from++)
        {
            _names[from] = new byte[segments.Count - from][];
            for (var count = 1; count <= segments.Count - from; count++)
                _names[from][count - 1] = Encoding.UTF8.GetBytes(string.Join('.', segments.Skip(from).Take(count)));
        }
        if (segments.Count > 1)
            _rest = new FilterPath([.. segments.Skip(1)]);
    }

    /// <summary>Its segments, at least one.</summary>
    public IReadOnlyList<string> Segments { get; }

    /// <summary>The segments joined by dots.</summary>
    public string Text { get; }

    /// <summary>The whole path in UTF-8, as a member with dots in its name would be called.</summary>
    public ReadOnlySpan<byte> Utf8 => _names[0][^1];

    /// <summary>Whether this is the path.</summary>
    public bool Is(string path) => Text == path;

    /// <summary>The path inside the member that its first segment names; null when it leads to something else, or no further.</summary>
    public FilterPath? Below(string member) => Segments[0] == member ? _rest : null;

    /// <summary>Offers the values at this path of a JSON object to a test until it accepts one.</summary>
    /// <param name="json">One valid JSON object; empty: without members.</param>
    /// <param name="test">The test.</param>
    /// <param name="found">Whether the object has the path, accepted or not.</param>
    public bool AnyIn(ReadOnlySpan<byte> json, FilterTest test, out bool found) => JsonPathScan.Any(json, this, test, out found);

    /// <summary>Names of members that begin at a segment: that one, that one and the next joined by a dot, and so on.</summary>
    internal ReadOnlySpan<byte[]> NamesFrom(int segment) => _names[segment];

    /// <inheritdoc/>
    public override string ToString() => Text;
}
