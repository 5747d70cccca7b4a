using System.Buffers.Binary;
using System.Text;
using CsCheck;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Parquet;
using VmObs.Tests.Storage.Hours;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage.Parquet;

public sealed class ParquetWriterTests
{
    [Fact]
    public void Five_hundred_random_tables_are_read_by_ParquetSharp_as_they_were() =>
        TestRuns.Any.Array[1, 40].Array[0, 3].Sample(groups => AssertReadsBack(groups), iter: 500);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(130)]
    [InlineData(ParquetTable.RowGroupRows - 1)]
    [InlineData(ParquetTable.RowGroupRows)]
    [InlineData(ParquetTable.RowGroupRows + 1)]
    public void Row_groups_of_any_size_come_back(int rows)
    {
        AssertReadsBack([[new TestRun("same", 5, 1.5, rows)]]);
        AssertReadsBack([[.. Enumerable.Range(0, rows).Select(i => new TestRun($"text {i}", i * 1_000_003L * i, i * 0.37, 1))]]);
        AssertReadsBack([[.. Enumerable.Range(0, rows).Select(i => new TestRun(i % 3 == 0 ? "" : "odd", -i, TestRuns.Doubles[i % TestRuns.Doubles.Length], 1))]]);
        AssertReadsBack([[new TestRun("", 0, 0, rows)]]);
    }

    [Fact]
    public void Runs_around_the_borders_of_packed_groups_come_back()
    {
        // Every length of a run before every length of a run, at every place in a group of eight.
        var runs = from first in Enumerable.Range(1, 18) from second in Enumerable.Range(1, 18) select new[] { first, second };
        AssertReadsBack([[.. runs.SelectMany(pair => pair).Select((rows, i) => new TestRun($"{i % 5}", i % 5, i % 5, rows))]]);
    }

    [Fact]
    public void Texts_larger_than_a_page_and_more_texts_than_rows_of_a_page_come_back() =>
        AssertReadsBack(
        [
            [.. Enumerable.Range(0, 5).Select(i => new TestRun(new string((char)('a' + i), 700_000 * (i % 3)), i, i, 2))],
            [.. Enumerable.Range(0, 40_000).Select(i => new TestRun($"{i * 7919 % 40_000:x8}-and-some-more", i, i, 1))],
        ]);

    [Fact]
    public void An_empty_table_is_a_file()
    {
        using var table = new TestTable();
        var file = table.Finish();
        Assert.Empty(TestTable.Read(file));
        using var folder = new TemporaryFolder();
        Assert.Equal(0L, Assert.Single(DuckDb.Query($"select count(*) from '{folder.File("empty.parquet", file)}'"))[0]);
    }

    [Fact]
    public void DuckDb_reads_what_ParquetSharp_reads() =>
        TestRuns.Any.Array[1, 40].Array[1, 3].Sample(groups =>
        {
            using var folder = new TemporaryFolder();
            var path = folder.File("table.parquet", Write(groups));
            var columns = string.Join(", ", TestTable.Columns.Select(column => column switch
            {
                // A NaN's payload is not DuckDB's concern.
                { Type: ParquetType.Double } => "case when isnan(value) then 'NaN' else value::varchar end",
                { Meaning: ParquetMeaning.UtcMilliseconds } => "null",
                _ => $"{column.Name}::varchar",
            }));
            var expected = groups.SelectMany(TestTable.Expected).Select(row => row.Select((text, i) => TestTable.Columns[i] switch
            {
                { Type: ParquetType.Double } => null,
                { Meaning: ParquetMeaning.UtcMilliseconds } => null,
                { Meaning: ParquetMeaning.UInt32 } => $"{(uint)int.Parse(text!)}",
                _ => text,
            }));
            var got = DuckDb.Query($"select {columns} from '{path}'");
            Assert.Equal(expected, got.Select(row => row.Select((value, i) => TestTable.Columns[i].Type == ParquetType.Double ? null : (string?)value)));
            var values = groups.SelectMany(runs => runs).SelectMany(run => Enumerable.Repeat(run.Value, run.Rows)).ToArray();
            Assert.Equal(values.Where(value => !double.IsNaN(value)).Select(BitConverter.DoubleToInt64Bits), DuckDb.Query($"select value from '{path}' where not isnan(value)").Select(row => BitConverter.DoubleToInt64Bits((double)row[0]!)));
            Assert.Equal((long)values.Count(double.IsNaN), Assert.Single(DuckDb.Query($"select count(*) from '{path}' where isnan(value)"))[0]);
        }, iter: 40);

    [Fact]
    public void DuckDb_skips_by_bounds_and_finds_what_lies_within_them()
    {
        TestRun[][] groups = [[new("a", 1, 1, 100), new("c", 3, 3, 100)], [new("e", 5, 5, 100)]];
        using var folder = new TemporaryFolder();
        var path = folder.File("table.parquet", Write(groups));
        foreach (var (text, number) in new[] { ("a", 1L), ("c", 3L), ("e", 5L) })
        {
            Assert.Equal(100L, Assert.Single(DuckDb.Query($"select count(*) from '{path}' where dictionary = '{text}' and DeltaByteArray = '{text}' and int64_plain = {number} and int32_delta = {number}"))[0]);
            Assert.Equal(0L, Assert.Single(DuckDb.Query($"select count(*) from '{path}' where dictionary = '{text}b'"))[0]);
        }
        var bounds = DuckDb.Query($"select stats_min_value, stats_max_value, stats_null_count from parquet_metadata('{path}') where path_in_schema = 'dictionary' order by row_group_id");
        Assert.Equal([["a", "c"], ["e", "e"]], bounds.Select(row => new[] { (string)row[0]!, (string)row[1]! }));
    }

    [Fact]
    public void The_page_index_leads_to_every_page_and_its_bounds_hold()
    {
        // Long texts make several pages.
        var runs = Enumerable.Range(0, 600).Select(i => new TestRun($"{i:0000}{new string('y', 4_000)}", i, i, 1)).ToArray();
        var file = Write([runs, runs]);
        var footerLength = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(file.Length - 8));
        ReadOnlySpan<byte> footer = file.AsSpan(file.Length - 8 - footerLength, footerLength);
        foreach (ThriftStruct group in new ThriftStruct(ref footer).Get<List<object>>(4))
        {
            var chunks = group.Get<List<object>>(1);
            Assert.Equal(TestTable.Columns.Count, chunks.Count);
            for (var i = 0; i < chunks.Count; i++)
                CheckIndex(file, (ThriftStruct)chunks[i], TestTable.Columns[i], rows: 600);
        }
    }

    [Fact]
    public void Columns_of_unlike_lengths_are_our_bug()
    {
        using var table = new TestTable();
        using var lone = new DictionaryTextColumn(TestTable.Columns[0]);
        lone.Add("a"u8, 3);
        using var writer = new ParquetWriter(new HashingSink(new MemoryFile()), "t", [TestTable.Columns[0]], [], 1);
        Assert.StartsWith("BUG:", Assert.Throws<InvalidOperationException>(() => writer.WriteRowGroup(2, [lone])).Message);
    }

    private static void CheckIndex(byte[] file, ThriftStruct chunk, ParquetColumn column, long rows)
    {
        ReadOnlySpan<byte> offsets = file.AsSpan((int)chunk.Get<long>(4), (int)chunk.Get<long>(5));
        var pages = new ThriftStruct(ref offsets).Get<List<object>>(1).Cast<ThriftStruct>().ToArray();
        Assert.True(offsets.IsEmpty);
        long row = 0;
        var metadata = chunk.Get<ThriftStruct>(3);
        var end = metadata.Get<long>(9);
        foreach (var page in pages)
        {
            Assert.Equal((end, row), (page.Get<long>(1), page.Get<long>(3)));
            ReadOnlySpan<byte> bytes = file.AsSpan((int)page.Get<long>(1), (int)page.Get<long>(2));
            var header = new ThriftStruct(ref bytes);
            Assert.Equal((0, bytes.Length), (header.Get<long>(1), header.Get<long>(3)));
            row += header.Get<ThriftStruct>(5).Get<long>(1);
            end += page.Get<long>(2);
        }
        Assert.Equal(rows, row);
        Assert.Equal(end, metadata.Has(11) ? metadata.Get<long>(11) + metadata.Get<long>(7) : metadata.Get<long>(9) + metadata.Get<long>(7));
        Assert.Equal(column.HasBounds, chunk.Has(6));
        if (!chunk.Has(6))
            return;
        ReadOnlySpan<byte> index = file.AsSpan((int)chunk.Get<long>(6), (int)chunk.Get<long>(7));
        var columnIndex = new ThriftStruct(ref index);
        Assert.Equal(pages.Length, columnIndex.Get<List<object>>(1).Count);
        foreach (var (list, number) in new[] { (columnIndex.Get<List<object>>(2)[0], 0), (columnIndex.Get<List<object>>(3)[^1], (int)rows - 1) })
            Assert.Equal(number, column.Type == ParquetType.ByteArray ? int.Parse(Encoding.ASCII.GetString((byte[])list)[..4]) : BinaryPrimitives.ReadInt32LittleEndian((byte[])list));
        Assert.Equal(1L, columnIndex.Get<long>(4));
    }

    private static byte[] Write(IEnumerable<TestRun[]> groups)
    {
        using var table = new TestTable();
        foreach (var runs in groups)
            table.Write(runs);
        return table.Finish();
    }

    private static void AssertReadsBack(TestRun[][] groups)
    {
        var expected = groups.SelectMany(TestTable.Expected).ToArray();
        var got = TestTable.Read(Write(groups));
        Assert.Equal(expected.Length, got.Count);
        for (var row = 0; row < expected.Length; row++)
        {
            if (!expected[row].AsSpan().SequenceEqual(got[row]))
                Assert.Equal(expected[row], got[row]);
        }
    }
}
