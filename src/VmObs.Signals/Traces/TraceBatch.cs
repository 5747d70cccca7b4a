namespace VmObs.Signals.Traces;

/// <summary>Decoded spans of one request, as canonical records. Made by a wire reader, applied once, then disposed or cleared and used again.</summary>
/// <remarks>Not thread-safe. Spans are valid until the next write.</remarks>
public sealed class TraceBatch : IDisposable
{
    private readonly PooledBuffer _text = new(64 * 1024);
    private readonly List<(int Offset, int Length)> _spans = [];

    /// <summary>Records of the request that were not taken.</summary>
    public Refusals Refusals { get; } = new();

    /// <summary>Number of spans.</summary>
    public int Count => _spans.Count;

    /// <summary>Bytes of all records.</summary>
    public int TextBytes => _text.Length;

    /// <summary>Where a record is written (with <see cref="SpanRecordWriter"/>), then <see cref="AddSpan"/>.</summary>
    public PooledBuffer Text => _text;

    /// <summary>A span in order of arrival.</summary>
    public SpanRecord this[int span] => new(_text.Slice(_spans[span].Offset, _spans[span].Length));

    /// <summary>Adds the record that was written to <see cref="Text"/> from the given offset to its end.</summary>
    public void AddSpan(int offset) => _spans.Add((offset, _text.Length - offset));

    /// <summary>Empties the batch for another request.</summary>
    public void Clear()
    {
        _text.Clear();
        _spans.Clear();
        Refusals.Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => _text.Dispose();
}
