using ParquetSharp;
using ParquetSharp.IO;
using ParquetSharp.Schema;
using VmObs.Storage.Parquet;
using Encoding = System.Text.Encoding;

namespace VmObs.Tests.Storage.Parquet;

/// <summary>Writes tables by Arrow's writer, as hour files were once written: dictionaries that are given up when they grow, PLAIN, differences.</summary>
internal static class ParquetSharpWriter
{
    private static readonly ParquetColumn[] s_columns = [.. TestTable.Columns];

    /// <summary>Writes row groups of runs.</summary>
    /// <param name="groups">The rows.</param>
    /// <param name="dictionaryBytes">A dictionary that is larger is given up, and the texts that follow are PLAIN.</param>
    /// <param name="pageBytes">Pages of about so many bytes.</param>
    public static byte[] Write(TestRun[][] groups, long dictionaryBytes, long pageBytes)
    {
        using var stream = new MemoryStream();
        using (var sink = new ManagedOutputStream(stream, leaveOpen: true))
        using (var schema = new GroupNode("table", Repetition.Required, [.. s_columns.Select(Node)]))
        using (var properties = Properties(dictionaryBytes, pageBytes))
        using (var writer = new ParquetFileWriter(sink, schema, properties))
        {
            foreach (var runs in groups)
                WriteGroup(writer, [.. runs.SelectMany(run => Enumerable.Repeat(run, run.Rows))]);
            writer.Close();
        }
        return stream.ToArray();
    }

    private static WriterProperties Properties(long dictionaryBytes, long pageBytes)
    {
        using var builder = new WriterPropertiesBuilder();
        builder.Compression(Compression.Zstd).CompressionLevel(3).EnableWritePageIndex().EnablePageChecksum().EnableStatistics()
            .DisableDictionary().DictionaryPagesizeLimit(dictionaryBytes).DataPagesize(pageBytes);
        foreach (var column in s_columns)
        {
            if (column.Name.StartsWith("dictionary", StringComparison.Ordinal))
                builder.EnableDictionary(column.Name);
            else if (column.Name.EndsWith("_delta", StringComparison.Ordinal))
                builder.Encoding(column.Name, ParquetSharp.Encoding.DeltaBinaryPacked);
            else if (column.Name.StartsWith("DeltaLength", StringComparison.Ordinal))
                builder.Encoding(column.Name, ParquetSharp.Encoding.DeltaLengthByteArray);
            else if (column.Name.StartsWith("DeltaByte", StringComparison.Ordinal))
                builder.Encoding(column.Name, ParquetSharp.Encoding.DeltaByteArray);
        }
        return builder.Build();
    }

    private static void WriteGroup(ParquetFileWriter writer, TestRun[] rows)
    {
        using var group = writer.AppendRowGroup();
        foreach (var column in s_columns)
        {
            using var chunk = group.NextColumn();
            switch (column.Type)
            {
                case ParquetType.Double:
                    ((ColumnWriter<double>)chunk).WriteBatch([.. rows.Select(row => row.Value)]);
                    break;
                case ParquetType.Int64:
                    ((ColumnWriter<long>)chunk).WriteBatch([.. rows.Select(row => row.Number)]);
                    break;
                case ParquetType.Int32:
                    ((ColumnWriter<int>)chunk).WriteBatch([.. rows.Select(row => (int)row.Number)]);
                    break;
                default:
                    NativeTexts.Write((ColumnWriter<ByteArray>)chunk, [.. rows.Select(row => Encoding.UTF8.GetBytes(row.Text))], column.IsOptional);
                    break;
            }
        }
    }

    private static PrimitiveNode Node(ParquetColumn column) => new(
        column.Name,
        column.IsOptional ? Repetition.Optional : Repetition.Required,
        column.Meaning switch
        {
            ParquetMeaning.Text => LogicalType.String(),
            ParquetMeaning.UtcMilliseconds => LogicalType.Timestamp(isAdjustedToUtc: true, TimeUnit.Millis),
            ParquetMeaning.UInt32 => LogicalType.Int(32, isSigned: false),
            _ => LogicalType.None(),
        },
        column.Type switch
        {
            ParquetType.Int32 => PhysicalType.Int32,
            ParquetType.Int64 => PhysicalType.Int64,
            ParquetType.Double => PhysicalType.Double,
            _ => PhysicalType.ByteArray,
        });
}
