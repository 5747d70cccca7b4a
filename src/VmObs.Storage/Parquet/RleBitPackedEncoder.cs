using System.Numerics;
using VmObs.Signals;

namespace VmObs.Storage.Parquet;

/// <summary>Parquet's hybrid of runs and bit-packed groups of eight, fed with runs: what dictionary indices and definition levels stand in.</summary>
/// <remarks>
/// <code>run:    varint (count &lt;&lt; 1) · value in whole bytes, little-endian
/// packed: varint (groups &lt;&lt; 1 | 1) · 8 · groups values of the width, least significant bits first</code>
/// Not thread-safe.
/// </remarks>
internal sealed class RleBitPackedEncoder(PooledBuffer destination)
{
    private const int GroupValues = 8;
    private const int FlushValues = 64 * GroupValues;

    // Values that wait to be packed; a multiple of eight but while a run fills the last group up.
    private readonly uint[] _packed = new uint[FlushValues];
    private int _packedCount;
    private int _width;

    /// <summary>Bits of the largest value.</summary>
    public static int Width(int largest) => 32 - BitOperations.LeadingZeroCount((uint)largest);

    /// <summary>Begins a sequence of values of so many bits.</summary>
    public void Begin(int width) => (_width, _packedCount) = (width, 0);

    /// <summary>Adds a value so many times.</summary>
    public void Add(int value, int count)
    {
        if (_packedCount % GroupValues != 0)
        {
            var fill = Math.Min(count, GroupValues - (_packedCount % GroupValues));
            Pack(value, fill);
            count -= fill;
        }
        if (count >= GroupValues)
            WriteRun(value, count);
        else
            Pack(value, count);
    }

    /// <summary>Ends the sequence; a last group is filled up with zeros, which readers do not count.</summary>
    public void End()
    {
        if (_packedCount % GroupValues is not 0 and var rest)
            Pack(0, GroupValues - rest);
        WritePacked();
    }

    private void Pack(int value, int count)
    {
        if (_packedCount + count > FlushValues)
            WritePacked();
        _packed.AsSpan(_packedCount, count).Fill((uint)value);
        _packedCount += count;
    }

    private void WriteRun(int value, int count)
    {
        WritePacked();
        Varint.Write(destination, (ulong)(uint)count << 1);
        for (var bits = 0; bits < _width; bits += 8)
            destination.WriteByte((byte)(value >> bits));
    }

    private void WritePacked()
    {
        if (_packedCount == 0)
            return;
        Varint.Write(destination, ((ulong)(_packedCount / GroupValues) << 1) | 1);
        destination.Advance(BitPacking.Pack(_packed.AsSpan(0, _packedCount), _width, destination.GetSpan((_packedCount * _width / 8) + BitPacking.Slack)));
        _packedCount = 0;
    }
}
