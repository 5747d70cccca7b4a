using CsCheck;
using VmObs.Storage;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Parquet;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage.Parquet;

public sealed class ParquetReaderTests
{
    private static readonly Gen<TestRun[][]> s_table = TestRuns.Any.Array[1, 40].Array[0, 3];
    private static readonly Gen<int> s_pageRows = Gen.OneOf(Gen.Const(TestTable.MaxRows), Gen.Int[1, 200]);

    [Fact]
    public void Random_tables_are_read_as_ParquetSharp_reads_them() =>
        Gen.Select(s_table, s_pageRows).Sample((groups, pageRows) =>
        {
            var file = Write(groups, pageRows);
            AssertReads(file, TestTable.Read(file), groups);
        }, iter: 50);

    [Fact]
    public void Tables_that_Arrow_wrote_are_read() =>
        Gen.Select(s_table, Gen.OneOf(Gen.Const(100L), Gen.Const(16L << 20)), Gen.OneOf(Gen.Const(200L), Gen.Const(1L << 20))).Sample((groups, dictionary, page) =>
        {
            // Small limits: dictionaries that are given up amid a column, and columns of many pages.
            var file = ParquetSharpWriter.Write(groups, dictionary, page);
            AssertReads(file, TestTable.Read(file), groups);
        }, iter: 50);

    [Fact]
    public void Any_rows_of_a_row_group_are_read_alone() =>
        Gen.Select(TestRuns.Any.Array[1, 60], Gen.Double.Unit, Gen.Double.Unit, s_pageRows).Sample((runs, first, length, pageRows) =>
        {
            var file = Write([runs], pageRows);
            var expected = TestTable.Expected(runs).ToArray();
            var from = (int)(first * expected.Length);
            var rows = 1 + (int)(length * (expected.Length - from - 1));
            using var reader = new ParquetReader(new MemoryFile(file), TestTable.ReadMetadata(file));
            Assert.Equal(expected[from..(from + rows)], TestTable.ReadRows(reader, 0, from, rows));
        }, iter: 50);

    [Fact]
    public void Several_ranges_of_rows_are_read_one_behind_the_other() =>
        Gen.Select(TestRuns.Any.Array[1, 60], Gen.Int[1, 40].Array[1, 30], s_pageRows).Sample((runs, steps, pageRows) =>
        {
            var file = Write([runs], pageRows);
            var expected = TestTable.Expected(runs).ToArray();
            // By turns rows that are left out and rows that are read.
            var ranges = new List<RowRange>();
            for (var (row, step) = (0, 0); row < expected.Length; row += steps[step++ % steps.Length])
            {
                if (step % 2 == 1 || ranges.Count == 0)
                    ranges.Add(new RowRange(row, Math.Min(steps[step % steps.Length], expected.Length - row)));
            }
            var rows = ranges.SelectMany(range => expected[range.First..range.End]).ToArray();
            using var reader = new ParquetReader(new MemoryFile(file), TestTable.ReadMetadata(file));
            using var texts = new TextRows();
            foreach (var column in Enumerable.Range(0, 8))
            {
                reader.ReadTexts(0, column, [.. ranges], texts);
                var cursor = texts.Rows();
                foreach (var row in rows)
                {
                    cursor.Next();
                    Assert.Equal(row[column], cursor.Text < 0 ? null : System.Text.Encoding.UTF8.GetString(cursor.Bytes));
                }
            }
            foreach (var column in Enumerable.Range(8, 2))
            {
                var numbers = new long[rows.Length];
                reader.ReadIntegers(0, column, [.. ranges], numbers);
                Assert.Equal(rows.Select(row => row[column]), numbers.Select(number => $"{number}"));
            }
        }, iter: 50);

    [Fact]
    public void A_row_costs_the_pages_that_hold_it()
    {
        // Texts and numbers that zstd makes little of, in pages of a hundred rows.
        var random = new Random(1);
        var runs = Enumerable.Range(0, 4000).Select(i => new TestRun($"{random.NextInt64():x16}{random.NextInt64():x16}", random.NextInt64(), 0, 1)).ToArray();
        var content = Write([runs], pageRows: 100);
        var (file, metadata) = (new CountingFile(new MemoryFile(content)), TestTable.ReadMetadata(content));
        using var reader = new ParquetReader(file, metadata);
        foreach (var column in Enumerable.Range(2, 8))
        {
            var before = file.BytesRead;
            _ = TestTable.ReadRow(reader, column, 2345);
            // With the page index.
            Assert.InRange(file.BytesRead - before, 1, metadata.RowGroups[0].Chunks[column].Bytes / 10);
        }
    }

    [Fact]
    public void Pages_begin_where_the_page_index_says()
    {
        var runs = Enumerable.Range(0, 1000).Select(i => new TestRun($"{i:d4}", i, 0, 1)).ToArray();
        var file = Write([runs], pageRows: 100);
        using var reader = new ParquetReader(new MemoryFile(file), TestTable.ReadMetadata(file));
        var texts = reader.ReadPageStarts(0, 2);
        Assert.Equal(Enumerable.Range(0, 10).Select(page => (page * 100, $"{page * 100:d4}")), texts.Select(page => (page.FirstRow, System.Text.Encoding.UTF8.GetString(page.Smallest))));
        var numbers = reader.ReadPageStarts(0, 8);
        Assert.Equal(Enumerable.Range(0, 10).Select(page => (page * 100, page * 100L)), numbers.Select(page => (page.FirstRow, BitConverter.ToInt64(page.Smallest))));
        // A column without bounds.
        Assert.Empty(reader.ReadPageStarts(0, 3));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(129)]
    [InlineData(ParquetTable.RowGroupRows)]
    public void Row_groups_of_any_size_are_read(int rows)
    {
        AssertReads([[new TestRun("same", 5, 1.5, rows)]]);
        AssertReads([[.. Enumerable.Range(0, rows).Select(i => new TestRun($"text {i}", i * 1_000_003L * i, i * 0.37, 1))]]);
        AssertReads([[.. Enumerable.Range(0, rows).Select(i => new TestRun(i % 3 == 0 ? "" : "odd", -i, TestRuns.Doubles[i % TestRuns.Doubles.Length], 1))]]);
        AssertReads([[new TestRun("", 0, 0, rows)]]);
    }

    [Fact]
    public void Rows_of_a_large_column_are_read_by_the_page_index_without_the_other_pages()
    {
        // Texts that zstd makes little of: some eight pages of 1 MiB.
        var random = new Random(1);
        var runs = Enumerable.Range(0, 2000).Select(i => new TestRun(string.Concat(Enumerable.Range(0, 500).Select(_ => $"{random.Next():x8}")), i, i, 1)).ToArray();
        var file = new CountingFile(new MemoryFile(Write([runs])));
        var metadata = TestTable.ReadMetadata(Write([runs]));
        using var reader = new ParquetReader(file, metadata);
        using var texts = new TextRows();
        foreach (var row in new[] { 0, 700, 1999 })
        {
            var before = file.BytesRead;
            reader.ReadTexts(0, 4, row, 1, texts);
            Assert.Equal(runs[row].Text, System.Text.Encoding.UTF8.GetString(texts[texts.Runs[0].Text]));
            Assert.InRange(file.BytesRead - before, 1, metadata.RowGroups[0].Chunks[4].Bytes / 4);
        }
    }

    [Fact]
    public void A_flipped_bit_of_the_page_index_never_yields_other_rows()
    {
        var random = new Random(1);
        var runs = Enumerable.Range(0, 1200).Select(i => new TestRun(string.Concat(Enumerable.Range(0, 500).Select(_ => $"{random.Next():x8}")), i, i, 1)).ToArray();
        var file = Write([runs]);
        var metadata = TestTable.ReadMetadata(file);
        var index = metadata.RowGroups[0].Chunks[4].Index;
        using var texts = new TextRows();
        for (var bit = 0; bit < index.OffsetIndexBytes * 8; bit++)
        {
            file[index.OffsetIndexOffset + (bit / 8)] ^= (byte)(1 << (bit % 8));
            using var reader = new ParquetReader(new MemoryFile(file), metadata);
            foreach (var row in new[] { 0, 300, 600, 1199 })
            {
                try
                {
                    reader.ReadTexts(0, 4, row, 1, texts);
                    Assert.Equal(runs[row].Text, System.Text.Encoding.UTF8.GetString(texts[texts.Runs[0].Text]));
                }
                catch (DamagedFileException)
                {
                    continue;
                }
            }
            file[index.OffsetIndexOffset + (bit / 8)] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void Bounds_are_those_of_the_rows()
    {
        var file = Write([[new("b", 7, 1, 3), new("a", -7, 1, 3)], [new("", 1, 1, 1)]]);
        var metadata = TestTable.ReadMetadata(file);
        var bounds = metadata.RowGroups[0].Chunks[0].Bounds!;
        Assert.Equal(("a", "b"), (System.Text.Encoding.UTF8.GetString(bounds.Smallest), System.Text.Encoding.UTF8.GetString(bounds.Largest)));
        Assert.Equal((-7L, 7L), (BitConverter.ToInt64(metadata.RowGroups[0].Chunks[9].Bounds!.Smallest), BitConverter.ToInt64(metadata.RowGroups[0].Chunks[9].Bounds!.Largest)));
        Assert.True(metadata.RowGroups[0].Chunks[0].MayHold("aa"u8));
        Assert.False(metadata.RowGroups[0].Chunks[0].MayHold("c"u8));
        Assert.Null(metadata.RowGroups[0].Chunks[1].Bounds);
        Assert.Equal((0L, 1L), (metadata.RowGroups[0].Chunks[1].Nulls, metadata.RowGroups[1].Chunks[1].Nulls));
        Assert.Equal("größe", metadata.KeyValues["key"]);
    }

    [Fact]
    public void Bytes_that_are_not_what_was_written_are_damage_and_cost_no_more_than_a_file()
    {
        TestRun[][] groups = [[.. Enumerable.Range(0, 300).Select(i => new TestRun($"text {i % 50}", i * i, i / 3.0, 1 + (i % 4)))]];
        var file = Write(groups);
        var metadata = TestTable.ReadMetadata(file);
        Gen.Select(Gen.Select(Gen.Int[0, file.Length - 1], Gen.Byte).Array[1, 8], Gen.Bool).Sample((changes, footerToo) =>
        {
            var damaged = (byte[])file.Clone();
            foreach (var (at, value) in changes)
                damaged[at] = value;
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                // Nothing but the hour's own guard has a checksum of the footer.
                using var reader = new ParquetReader(new MemoryFile(damaged), footerToo ? TestTable.ReadMetadata(damaged) : metadata);
                if (reader.Metadata.RowGroups.Count == 1 && reader.Metadata.HasColumns(TestTable.Columns) && reader.Metadata.RowGroups[0].Rows <= TestTable.MaxRows)
                    _ = TestTable.ReadRows(reader, 0, 0, reader.Metadata.RowGroups[0].Rows).Count();
            }
            catch (Exception error) when (error is DamagedFileException or InvalidDataException)
            {
                // Said, and nothing else happened.
            }
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 64 * 1024 * 1024);
        }, iter: 3_000);
    }

    private static void AssertReads(TestRun[][] groups)
    {
        var file = Write(groups);
        AssertReads(file, TestTable.Read(file), groups);
    }

    private static void AssertReads(byte[] file, List<string?[]> oracle, TestRun[][] groups)
    {
        using var reader = new ParquetReader(new MemoryFile(file), TestTable.ReadMetadata(file));
        Assert.True(reader.Metadata.HasColumns(TestTable.Columns));
        Assert.Equal(("table", groups.Length), (reader.Metadata.Table, reader.Metadata.RowGroups.Count));
        Assert.Equal(oracle, groups.SelectMany((_, group) => TestTable.ReadRows(reader, group, 0, reader.Metadata.RowGroups[group].Rows)));
        Assert.Equal(groups.SelectMany(TestTable.Expected), oracle);
    }

    private static byte[] Write(TestRun[][] groups, int pageRows = TestTable.MaxRows)
    {
        // Of texts of four bytes a page has as many rows as of numbers.
        using var table = new TestTable(pageRows: pageRows, pageBytes: 4 * pageRows);
        foreach (var runs in groups)
            table.Write(runs);
        return table.Finish();
    }
}
