using System.Buffers.Binary;
using VmObs.Signals;

namespace VmObs.Storage.Embedded.Spill;

/// <summary>One hour's part of a run. Format: docs/format/runs.md.</summary>
/// <param name="Facts">What the part holds.</param>
/// <param name="Records">Number of entries.</param>
/// <param name="Offset">Where its first block begins in the file.</param>
/// <param name="IndexOffset">Where its index begins; its blocks end there.</param>
/// <param name="IndexLength">Bytes of the index.</param>
internal sealed record RunSection(RunFacts Facts, long Records, long Offset, long IndexOffset, int IndexLength)
{
    /// <summary>Bytes of a section in the footer.</summary>
    public const int Bytes = 11 * sizeof(long);

    /// <summary>Writes the section's place in the footer.</summary>
    public void Write(Span<byte> destination)
    {
        ReadOnlySpan<long> fields =
        [
            Facts.Hour.Number, Facts.FirstPosition, Facts.LastPosition, Facts.FirstArrivalUnixNanos, Facts.LastArrivalUnixNanos,
            Facts.FirstUnixNanos, Facts.LastUnixNanos, Records, Offset, IndexOffset, IndexLength,
        ];
        for (var i = 0; i < fields.Length; i++)
            BinaryPrimitives.WriteInt64LittleEndian(destination[(i * sizeof(long))..], fields[i]);
    }

    /// <summary>Reads a section's place in the footer.</summary>
    public static RunSection Read(ReadOnlySpan<byte> source)
    {
        Span<long> fields = stackalloc long[Bytes / sizeof(long)];
        for (var i = 0; i < fields.Length; i++)
            fields[i] = BinaryPrimitives.ReadInt64LittleEndian(source[(i * sizeof(long))..]);
        return new RunSection(
            new RunFacts(new HourId(fields[0]), fields[1], fields[2], fields[3], fields[4], fields[5], fields[6]), fields[7], fields[8], fields[9], (int)fields[10]);
    }
}

/// <summary>What one hour's part of a run holds.</summary>
/// <param name="Hour">The hour of event time.</param>
/// <param name="FirstPosition">First record of the journal that brought data, inclusive.</param>
/// <param name="LastPosition">Last record of the journal that brought data, inclusive.</param>
/// <param name="FirstArrivalUnixNanos">When the first of it arrived.</param>
/// <param name="LastArrivalUnixNanos">When the last of it arrived.</param>
/// <param name="FirstUnixNanos">Earliest event time, inclusive.</param>
/// <param name="LastUnixNanos">Latest event time, inclusive.</param>
internal sealed record RunFacts(
    HourId Hour, long FirstPosition, long LastPosition, long FirstArrivalUnixNanos, long LastArrivalUnixNanos, long FirstUnixNanos, long LastUnixNanos);
