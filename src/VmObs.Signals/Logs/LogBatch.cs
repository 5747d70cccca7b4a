using VmObs.Signals.Labels;

namespace VmObs.Signals.Logs;

/// <summary>Decoded log records of one request. Made by a wire reader, applied once, then disposed or cleared and used again.</summary>
/// <remarks>
/// A record's document is rendered once, when it is read: the batch keeps its <em>tail</em>, the SPEC 2.2 JSON object from
/// the <c>"level"</c> member to the closing brace. The store puts <c>{"log_id":…,"timestamp":…,</c> before it, because the id
/// depends on the records already there. Not thread-safe. Spans are valid until the next write.
/// </remarks>
public sealed class LogBatch : IDisposable
{
    private readonly PooledBuffer _text = new(64 * 1024);
    private readonly List<Stream> _streams = [];
    private readonly List<Record> _records = [];

    /// <summary>Records of the request that were not taken.</summary>
    public Refusals Refusals { get; } = new();

    /// <summary>Number of stream entries; a stream may stand more than once.</summary>
    public int StreamCount => _streams.Count;

    /// <summary>Number of records.</summary>
    public int Count => _records.Count;

    /// <summary>The records in order of arrival.</summary>
    public ReadOnlySpan<Record> Records => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_records);

    /// <summary>Bytes of all tails, keys and names together.</summary>
    public int TextBytes => _text.Length;

    /// <summary>Where a record's document is written: begin at <c>"level":</c>, end with the closing brace, then <see cref="AddRecord"/>.</summary>
    public PooledBuffer Text => _text;

    /// <summary>What became of each item, in the form in which its protocol answers; empty for protocols that only count.</summary>
    public PooledBuffer Answer { get; } = new(256);

    /// <summary>Canonical label set of a stream entry (with node and service); the stream's identity.</summary>
    public ReadOnlySpan<byte> StreamKey(int stream) => _text.Slice(_streams[stream].KeyOffset, _streams[stream].KeyLength);

    /// <summary>The document's tail: <c>"level":"info","service":…,"message":…}</c>, no newline anywhere in it.</summary>
    public ReadOnlySpan<byte> Tail(in Record record) => _text.Slice(record.TailOffset, record.TailLength);

    /// <summary>Adds a stream entry; must not be called while a document is being written.</summary>
    /// <returns>Its index, for <see cref="AddRecord"/>.</returns>
    public int AddStream(LabelKeyBuilder labels)
    {
        var offset = _text.Length;
        var length = labels.WriteTo(_text);
        _streams.Add(new Stream(offset, length));
        return _streams.Count - 1;
    }

    /// <summary>Adds a record whose tail was written to <see cref="Text"/> from the given offset to its end.</summary>
    /// <param name="stream">Index that <see cref="AddStream"/> returned.</param>
    /// <param name="timestampUnixNanos">Event time, Unix ns, UTC.</param>
    /// <param name="level">The record's level.</param>
    /// <param name="tailOffset">Length of <see cref="Text"/> before the tail was written.</param>
    public void AddRecord(int stream, long timestampUnixNanos, Level level, int tailOffset) =>
        _records.Add(new Record(timestampUnixNanos, tailOffset, _text.Length - tailOffset, stream, level));

    /// <summary>Empties the batch for another request.</summary>
    public void Clear()
    {
        _text.Clear();
        _streams.Clear();
        _records.Clear();
        Answer.Clear();
        Refusals.Clear();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _text.Dispose();
        Answer.Dispose();
    }

    /// <summary>One log record; its tail lies in the batch's text.</summary>
    /// <param name="TimestampUnixNanos">Event time, Unix ns, UTC.</param>
    /// <param name="TailOffset">Where its tail begins.</param>
    /// <param name="TailLength">The tail's bytes.</param>
    /// <param name="Stream">Index of its stream entry.</param>
    /// <param name="Level">Its level.</param>
    public readonly record struct Record(long TimestampUnixNanos, int TailOffset, int TailLength, int Stream, Level Level);

    private readonly record struct Stream(int KeyOffset, int KeyLength);
}
