using System.Runtime.InteropServices;
using System.Text;
using VmObs.Signals;
using VmObs.Signals.Metrics;

namespace VmObs.Storage.Embedded.Spill;

/// <summary>A series' samples as a run's payload. Format: docs/format/runs.md.</summary>
/// <remarks>
/// <code>u8 kind · varint length + unit · varint count · varint scale · first time signed varint · then for each further time the change of its
/// distance to the one before, signed varint · values f64 little-endian · where samples have details: varint details · for each varint samples since
/// the last one with a detail, varint length, bytes</code>
/// Times stand divided by the scale, which is 1 ms where all are whole milliseconds and 1 ns otherwise: samples at a steady interval take one byte
/// for their time.
/// </remarks>
internal static class MetricPayload
{
    private const int NanosInMillisecond = 1_000_000;

    /// <summary>Appends a payload.</summary>
    public static void Write(PooledBuffer destination, MetricKind kind, string unit, SampleColumns samples)
    {
        var timestampsUnixNanos = samples.TimestampsUnixNanos;
        var values = samples.Values;
        destination.WriteByte((byte)kind);
        Varint.Write(destination, (ulong)Encoding.UTF8.GetByteCount(unit));
        destination.Advance(Encoding.UTF8.GetBytes(unit, destination.GetSpan(Encoding.UTF8.GetMaxByteCount(unit.Length))));
        Varint.Write(destination, (ulong)values.Length);
        var scale = Scale(timestampsUnixNanos);
        Varint.Write(destination, (ulong)scale);
        var times = destination.GetSpan(values.Length * Varint.MaxBytes);
        var length = 0;
        long last = 0, step = 0;
        foreach (var timestamp in timestampsUnixNanos)
        {
            var time = timestamp / scale;
            // Wraps where times are further apart than 64 bits say, and wraps back in the reader.
            var next = unchecked(time - last);
            length += Varint.WriteSigned(times[length..], unchecked(next - step));
            (last, step) = (time, next);
        }
        destination.Advance(length);
        destination.Write(MemoryMarshal.AsBytes(values));
        if (!samples.Details.IsEmpty)
            WriteDetails(destination, samples.Details);
    }

    /// <summary>Reads a payload; its samples are added to the given columns.</summary>
    /// <exception cref="FormatException">The bytes are not a payload.</exception>
    public static MetricDescription Read(ReadOnlySpan<byte> payload, SampleColumns into)
    {
        if (payload.IsEmpty)
            throw new FormatException("an empty payload");
        var kind = (MetricKind)payload[0];
        payload = payload[1..];
        var unitLength = Varint.ReadLength(ref payload);
        var unit = unitLength == 0 ? "" : Encoding.UTF8.GetString(payload[..unitLength]);
        payload = payload[unitLength..];
        var count = Varint.ReadLength(ref payload);
        var scale = (long)Varint.Read(ref payload);
        var first = into.Count;
        var room = into.Add(count);
        long last = 0, step = 0;
        for (var i = 0; i < count; i++)
        {
            unchecked
            {
                step += Varint.ReadSigned(ref payload);
                last += step;
                room.Times[i] = last * scale;
            }
        }
        if (payload.Length < count * sizeof(double))
            throw new FormatException($"{payload.Length} bytes for {count} values");
        MemoryMarshal.Cast<byte, double>(payload[..(count * sizeof(double))]).CopyTo(room.Values);
        ReadDetails(payload[(count * sizeof(double))..], first, into);
        return new MetricDescription(kind, unit);
    }

    private static void WriteDetails(PooledBuffer destination, ReadOnlySpan<SampleDetail> details)
    {
        Varint.Write(destination, (ulong)details.Length);
        var last = 0;
        foreach (var detail in details)
        {
            Varint.Write(destination, (ulong)(detail.Sample - last));
            Varint.Write(destination, (ulong)detail.Json.Length);
            destination.Write(detail.Json.Span);
            last = detail.Sample;
        }
    }

    /// <summary>Nothing stands after the values where no sample has a detail, as in runs of before there were any.</summary>
    private static void ReadDetails(ReadOnlySpan<byte> rest, int first, SampleColumns into)
    {
        if (rest.IsEmpty)
            return;
        var sample = first;
        for (var left = Varint.Read(ref rest); left > 0; left--)
        {
            var step = Varint.Read(ref rest);
            if (step >= (ulong)(into.Count - sample))
                throw new FormatException($"a detail {step} samples after sample {sample - first} of {into.Count - first}");
            sample += (int)step;
            var length = Varint.ReadLength(ref rest);
            into.AddDetail(sample, rest[..length]);
            rest = rest[length..];
        }
        if (!rest.IsEmpty)
            throw new FormatException($"{rest.Length} bytes after the last detail");
    }

    private static long Scale(ReadOnlySpan<long> timestampsUnixNanos)
    {
        foreach (var time in timestampsUnixNanos)
        {
            if (time % NanosInMillisecond != 0)
                return 1;
        }
        return NanosInMillisecond;
    }
}

/// <summary>What a series' samples mean, as its first sender said.</summary>
internal readonly record struct MetricDescription(MetricKind Kind, string Unit);
