using System.Buffers.Binary;
using VmObs.Signals.Traces;
using VmObs.Storage.Parquet;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>The columns of a span record's texts: dictionaries where there are few different ones.</summary>
internal sealed class SpanTextColumns
{
    private readonly DictionaryTextColumn?[] _few = new DictionaryTextColumn?[TraceColumns.SpanTexts];
    private readonly TextColumn?[] _many = new TextColumn?[TraceColumns.SpanTexts];

    public SpanTextColumns()
    {
        for (var i = 0; i < TraceColumns.SpanTexts; i++)
        {
            var column = TraceColumns.All[TraceColumns.FirstSpanTextIndex + i];
            if ((SpanText)i is SpanText.Attributes or SpanText.Events or SpanText.Links)
                _many[i] = new TextColumn(column, ParquetEncoding.DeltaLengthByteArray, TraceColumns.LongTextPageBytes);
            else
                _few[i] = new DictionaryTextColumn(column);
        }
    }

    /// <summary>The columns in their order.</summary>
    public IEnumerable<ColumnBuffer> All => _few.Zip(_many, (few, many) => (ColumnBuffer?)few ?? many!);

    /// <summary>Adds a span's texts.</summary>
    /// <exception cref="ArgumentException">The record has bytes that the columns could not give back, so that they must not be in the tree.</exception>
    public void Add(SpanRecord span)
    {
        var rest = span.Bytes[SpanRecord.FixedBytes..];
        for (var i = 0; i < TraceColumns.SpanTexts; i++)
        {
            var text = rest.Slice(sizeof(int), BinaryPrimitives.ReadInt32LittleEndian(rest));
            rest = rest[(sizeof(int) + text.Length)..];
            if (_few[i] is { } few)
                few.Add(text);
            else
                _many[i]!.Add(text);
        }
        if (!rest.IsEmpty)
            throw new ArgumentException($"BUG: a span record of {span.Bytes.Length} bytes has {rest.Length} behind its texts", nameof(span));
    }
}
