using System.Text;
using System.Text.Json;
using VmObs.Signals;

namespace VmObs.Receipts;

/// <summary>Where each receipt of the scroll stands, its type and its time, so that a query reads only lines that may answer it.</summary>
/// <remarks>One writer, any number of readers. 24 bytes a receipt.</remarks>
internal sealed class ReceiptIndex
{
    private const int ChunkPlaces = 4096;

    /// <summary>The number of all types beyond the first 255.</summary>
    public const byte Unnumbered = byte.MaxValue;

    // Replaced when they grow; what was published is never written again.
    private volatile ReceiptPlace[][] _chunks = [];
    private volatile string[] _types = [];
    private int _count;
    private long _end;

    /// <summary>Receipts that are in it.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>A receipt's place.</summary>
    /// <param name="seq">Less than <see cref="Count"/>.</param>
    public ReceiptPlace this[long seq] => _chunks[seq / ChunkPlaces][seq % ChunkPlaces];

    /// <summary>Adds the scroll's next line.</summary>
    /// <param name="line">A receipt, without its newline.</param>
    public void Add(ReadOnlySpan<byte> line)
    {
        var (type, time) = Read(line);
        var (chunk, place) = (_count / ChunkPlaces, _count % ChunkPlaces);
        if (chunk == _chunks.Length)
            _chunks = [.. _chunks, new ReceiptPlace[ChunkPlaces]];
        _chunks[chunk][place] = new ReceiptPlace(_end, time, line.Length, NumberOf(type));
        _end += line.Length + 1;
        Volatile.Write(ref _count, _count + 1);
    }

    /// <summary>Says of each type number whether it is one of some types.</summary>
    /// <param name="types">Types with their prefix; empty for all.</param>
    public bool[] Wanted(IReadOnlySet<string> types)
    {
        var wanted = new bool[byte.MaxValue + 1];
        if (types.Count == 0)
        {
            Array.Fill(wanted, true);
            return wanted;
        }
        // A type that has no number, for there are too many, is looked at in its line.
        wanted[Unnumbered] = true;
        var known = _types;
        for (var number = 0; number < known.Length; number++)
            wanted[number] = types.Contains(known[number]);
        return wanted;
    }

    private byte NumberOf(string type)
    {
        var number = Array.IndexOf(_types, type);
        if (number >= 0 || _types.Length == Unnumbered)
            return number >= 0 ? (byte)number : Unnumbered;
        _types = [.. _types, type];
        return (byte)(_types.Length - 1);
    }

    private static (string Type, long UnixNanos) Read(ReadOnlySpan<byte> line)
    {
        var (type, time) = ("", long.MinValue);
        var reader = new Utf8JsonReader(line);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isType, isTime) = (reader.ValueTextEquals("type"u8), reader.ValueTextEquals("timestamp"u8));
            reader.Read();
            if (isType)
                type = reader.GetString()!;
            else if (isTime && Rfc3339.TryParse(Encoding.ASCII.GetString(reader.ValueSpan), out var read))
                time = read;
            reader.Skip();
        }
        return (type, time);
    }
}

/// <summary>A receipt in the scroll.</summary>
/// <param name="Offset">Where its line begins.</param>
/// <param name="TimestampUnixNanos">Its timestamp.</param>
/// <param name="Length">Bytes of its line, without the newline.</param>
/// <param name="Type">Its type's number in the index.</param>
internal readonly record struct ReceiptPlace(long Offset, long TimestampUnixNanos, int Length, byte Type);
