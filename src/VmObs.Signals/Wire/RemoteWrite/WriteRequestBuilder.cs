using System.Buffers.Binary;
using System.Text;
using Snappier;

namespace VmObs.Signals.Wire.RemoteWrite;

/// <summary>Puts a prometheus.WriteRequest (remote_write 1.0) together, for samples that the engine collects itself.</summary>
/// <remarks>Use: <see cref="Clear"/>, <see cref="AddFamily"/> and <see cref="AddSample"/>, then <see cref="Compress"/>. Allocates nothing once grown.</remarks>
public sealed class WriteRequestBuilder : IDisposable
{
    private readonly PooledBuffer _message = new(64 * 1024);

    /// <summary>Whether nothing was added.</summary>
    public bool IsEmpty => _message.Length == 0;

    /// <summary>A series' labels as fields of its message, to be kept for its next samples.</summary>
    /// <param name="labels">Names and values; none empty, each name once.</param>
    public static byte[] EncodeLabels(IEnumerable<KeyValuePair<string, string>> labels)
    {
        using var fields = new PooledBuffer(512);
        using var label = new PooledBuffer(128);
        foreach (var (name, value) in labels.OrderBy(static label => label.Key, StringComparer.Ordinal))
        {
            // The shortest form of its length, as senders write it: the reader knows a series again by these bytes.
            label.Clear();
            ProtobufWriter.Bytes(label, 1, Encoding.UTF8.GetBytes(name));
            ProtobufWriter.Bytes(label, 2, Encoding.UTF8.GetBytes(value));
            ProtobufWriter.Bytes(fields, 1, label.WrittenSpan);
        }
        return fields.WrittenSpan.ToArray();
    }

    /// <summary>Empties it for another request.</summary>
    public void Clear() => _message.Clear();

    /// <summary>Adds a sample.</summary>
    /// <param name="labels">What <see cref="EncodeLabels"/> gave.</param>
    /// <param name="unixMillis">Its time.</param>
    /// <param name="value">Its value.</param>
    public void AddSample(ReadOnlySpan<byte> labels, long unixMillis, double value)
    {
        var series = ProtobufWriter.BeginMessage(_message, 1);
        _message.Write(labels);
        var sample = ProtobufWriter.BeginMessage(_message, 2);
        ProtobufWriter.Fixed64(_message, 1, BitConverter.DoubleToUInt64Bits(value));
        ProtobufWriter.Varint(_message, 2, (ulong)unixMillis);
        ProtobufWriter.EndMessage(_message, sample);
        ProtobufWriter.EndMessage(_message, series);
    }

    /// <summary>Ends a series: its last sample is no longer its current value.</summary>
    public void AddStale(ReadOnlySpan<byte> labels, long unixMillis) => AddSample(labels, unixMillis, StaleMarker.Value);

    /// <summary>Adds a native histogram.</summary>
    /// <param name="labels">What <see cref="EncodeLabels"/> gave.</param>
    /// <param name="unixMillis">Its time.</param>
    /// <param name="histogram">Fields of its message, without the time.</param>
    public void AddHistogram(ReadOnlySpan<byte> labels, long unixMillis, ReadOnlySpan<byte> histogram)
    {
        var series = ProtobufWriter.BeginMessage(_message, 1);
        _message.Write(labels);
        var message = ProtobufWriter.BeginMessage(_message, 4);
        _message.Write(histogram);
        ProtobufWriter.Varint(_message, 15, (ulong)unixMillis);
        ProtobufWriter.EndMessage(_message, message);
        ProtobufWriter.EndMessage(_message, series);
    }

    /// <summary>Ends a series of native histograms: its last one is no longer current. Its sum says so.</summary>
    public void AddStaleHistogram(ReadOnlySpan<byte> labels, long unixMillis)
    {
        Span<byte> sum = stackalloc byte[9];
        sum[0] = 3 << 3 | ProtobufReader.Fixed64;
        BinaryPrimitives.WriteDoubleLittleEndian(sum[1..], StaleMarker.Value);
        AddHistogram(labels, unixMillis, sum);
    }

    /// <summary>Adds an exemplar of a series, in an entry of its own as Prometheus sends it.</summary>
    /// <param name="labels">The series' labels, as <see cref="EncodeLabels"/> gave them.</param>
    /// <param name="exemplarLabels">The exemplar's, likewise.</param>
    /// <param name="unixMillis">Its time.</param>
    /// <param name="value">Its value.</param>
    public void AddExemplar(ReadOnlySpan<byte> labels, ReadOnlySpan<byte> exemplarLabels, long unixMillis, double value)
    {
        var series = ProtobufWriter.BeginMessage(_message, 1);
        _message.Write(labels);
        var exemplar = ProtobufWriter.BeginMessage(_message, 3);
        _message.Write(exemplarLabels);
        ProtobufWriter.Fixed64(_message, 2, BitConverter.DoubleToUInt64Bits(value));
        ProtobufWriter.Varint(_message, 3, (ulong)unixMillis);
        ProtobufWriter.EndMessage(_message, exemplar);
        ProtobufWriter.EndMessage(_message, series);
    }

    /// <summary>Says of what type a family is.</summary>
    /// <param name="name">The family's name.</param>
    /// <param name="type">"counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"; others are unknown.</param>
    /// <param name="unit">Its unit; empty for none.</param>
    public void AddFamily(ReadOnlySpan<byte> name, ReadOnlySpan<byte> type, ReadOnlySpan<byte> unit = default)
    {
        var metadata = ProtobufWriter.BeginMessage(_message, 3);
        ProtobufWriter.Varint(_message, 1, TypeOf(type));
        ProtobufWriter.Bytes(_message, 2, name);
        if (!unit.IsEmpty)
            ProtobufWriter.Bytes(_message, 5, unit);
        ProtobufWriter.EndMessage(_message, metadata);
    }

    /// <summary>Writes the request as a snappy block.</summary>
    public void Compress(PooledBuffer into)
    {
        var room = into.GetSpan(Snappy.GetMaxCompressedLength(_message.Length));
        into.Advance(Snappy.Compress(_message.WrittenSpan, room));
    }

    /// <inheritdoc/>
    public void Dispose() => _message.Dispose();

    private static ulong TypeOf(ReadOnlySpan<byte> type) =>
        type.SequenceEqual("counter"u8) ? 1UL : type.SequenceEqual("gauge"u8) ? 2UL : type.SequenceEqual("histogram"u8) ? 3UL
        : type.SequenceEqual("gaugehistogram"u8) ? 4UL : type.SequenceEqual("summary"u8) ? 5UL : type.SequenceEqual("info"u8) ? 6UL : type.SequenceEqual("stateset"u8) ? 7UL : 0;
}
