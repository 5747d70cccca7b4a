using System.Runtime.InteropServices;
using VmObs.Signals;

namespace VmObs.Storage.Parquet;

/// <summary>Doubles fed in runs of one kind (a series), in pages that are PLAIN or BYTE_STREAM_SPLIT, whichever their runs are smaller in.</summary>
/// <remarks>All 64 bits are kept, of every NaN too. Both encodings can hold any value; a wrong guess costs bytes alone.</remarks>
internal sealed class DoubleColumn : ColumnBuffer
{
    private const int PageRows = 16 * 1024;
    // Below this a page's header and its fresh start in compression cost more than the better encoding saves.
    private const int MinPageRows = 1024;

    private readonly PooledBuffer _body = new();
    private readonly List<Page> _pages = [];
    private readonly double[] _values;
    private int _rows;

    /// <summary>Takes at most so many rows.</summary>
    public DoubleColumn(int maxRows) => _values = new double[maxRows];

    /// <summary>Adds a run.</summary>
    public void Add(ReadOnlySpan<double> values)
    {
        values.CopyTo(_values.AsSpan(_rows));
        var gain = SplitGain.Estimate(values);
        if (_pages.Count == 0 || IsToClose(_pages[^1], gain))
            _pages.Add(new Page(0, 0));
        _pages[^1] = new Page(_pages[^1].Rows + values.Length, _pages[^1].Gain + gain);
        _rows += values.Length;
    }

    public override void WriteTo(ColumnChunk chunk)
    {
        var row = 0;
        foreach (var page in _pages)
        {
            var values = _values.AsSpan(row, page.Rows);
            row += page.Rows;
            if (page.Gain <= 0)
            {
                // All supported machines are little-endian, as Parquet is.
                chunk.AddPage(page.Rows, 0, ParquetEncoding.Plain, MemoryMarshal.AsBytes(values), null);
                continue;
            }
            _body.Clear();
            ByteStreamSplit.Write(values, _body.GetSpan(values.Length * sizeof(double)));
            _body.Advance(values.Length * sizeof(double));
            chunk.AddPage(page.Rows, 0, ParquetEncoding.ByteStreamSplit, _body.WrittenSpan, null);
        }
    }

    public override void Clear()
    {
        _pages.Clear();
        _rows = 0;
    }

    public override void Dispose() => _body.Dispose();

    private static bool IsToClose(Page page, double gain) =>
        page.Rows >= PageRows || (page.Rows >= MinPageRows && gain * page.Gain < 0);

    private readonly record struct Page(int Rows, double Gain);
}
