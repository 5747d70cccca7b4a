using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using CsCheck;
using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Signals.Logs;
using VmObs.Storage;
using VmObs.Storage.Embedded.Hours;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage.Hours;

public sealed class LogFileTests
{
    [Fact]
    public void Lines_come_back_from_their_blocks_and_from_any_gzip_reader() =>
        LogLines.Any.Sample(lines =>
        {
            var (file, summary) = Write(lines);
            var want = Text(lines);
            Assert.Equal(want, Blocks(file));
            Assert.Equal(want, Gunzip(file.Content));
            Assert.Equal(HourFileHash.Of(file), summary.ContentHash);
            Assert.Equal(file.Length, summary.Length);
            Assert.Equal(CountsOf(lines), summary.Counts);
            Assert.Equal(ServicesOf(lines), summary.Services);
        }, iter: 200);

    [Fact]
    public void A_block_holds_one_class_and_says_what_is_in_it() =>
        LogLines.Any.Sample(lines =>
        {
            var (file, _) = Write(lines);
            var rest = lines.AsSpan();
            foreach (var block in LogFileReader.ReadTable(file))
            {
                var own = rest[..block.Lines].ToArray();
                rest = rest[block.Lines..];
                Assert.All(own, line => Assert.Equal(block.Class, line.Level.Retention()));
                Assert.Equal(own.Min(line => line.TimestampUnixNanos), block.FirstUnixNanos);
                Assert.Equal(own.Max(line => line.TimestampUnixNanos), block.LastUnixNanos);
                Assert.Equal(CountsOf(own), Enumerable.Range(0, Levels.Count).Select(level => (long)block.Services.Sum(s => s.Counts[level])));
                Assert.Equal(own.Select(line => line.Service).Distinct(), block.Services.Select(s => s.Service));
                Assert.All(block.Services, s => Assert.Equal(own.Where(line => line.Service == s.Service).Max(line => line.TimestampUnixNanos), s.LastUnixNanos));
                Assert.True(block.Lines == 1 || block.TextLength <= LogFileWriter.BlockTextBytes, $"{block.Lines} lines of {block.TextLength} bytes");
            }
            Assert.True(rest.IsEmpty);
        }, iter: 100);

    [Fact]
    public void Verify_counts_what_the_lines_say_and_finds_nothing_in_a_good_file() =>
        LogLines.Any.Sample(lines =>
        {
            var check = LogFileReader.Verify(Write(lines).File);
            Assert.Empty(check.Findings);
            Assert.Equal(CountsOf(lines), check.Counts);
            Assert.Equal(lines.Length, check.Lines);
            Assert.Equal(ServicesOf(lines), check.Services);
        }, iter: 100);

    [Fact]
    public void A_file_resumed_after_a_cut_is_the_file_that_was_never_interrupted() =>
        Gen.Select(LogLines.Any, LogLines.Any, Gen.Byte.Array[0, 5000]).Sample((before, after, torn) =>
        {
            var whole = new MemoryFile();
            using var uninterrupted = new LogFileWriter(whole);
            Append(uninterrupted, before);
            uninterrupted.Flush();
            Append(uninterrupted, after);
            uninterrupted.Flush();
            var want = uninterrupted.Finish();

            var cut = new MemoryFile();
            long length;
            byte[] state;
            IReadOnlyList<LogBlock> blocks;
            using (var first = new LogFileWriter(cut))
            {
                Append(first, before);
                first.Flush();
                (length, state, blocks) = (first.Length, first.ExportHashState(), [.. first.Blocks]);
            }
            cut.Write(torn, length);
            using var second = LogFileWriter.Resume(cut, length, state, blocks);
            Append(second, after);
            second.Flush();
            var got = second.Finish();
            Assert.Equal(want.ContentHash, got.ContentHash);
            Assert.Equal(whole.Content, cut.Content);
            Assert.Equal(want.Services, got.Services);
            Assert.Equal(want.Counts, got.Counts);
        }, iter: 50);

    [Fact]
    public void A_file_that_lost_flushed_bytes_is_not_resumed()
    {
        var file = new MemoryFile();
        using var writer = new LogFileWriter(file);
        Append(writer, LogLines.Ordinary(100));
        writer.Flush();
        var (length, state, blocks) = (writer.Length, writer.ExportHashState(), writer.Blocks);
        file.SetLength(length - 1);
        var error = Assert.Throws<DamagedFileException>(() => LogFileWriter.Resume(file, length, state, blocks));
        Assert.Equal(length - 1, error.Offset);
    }

    [Fact]
    public void A_flush_syncs_what_it_wrote_and_its_blocks_can_be_read_from_the_open_file()
    {
        var lines = LogLines.Ordinary(3000);
        var file = new MemoryFile();
        using var writer = new LogFileWriter(file);
        Append(writer, lines);
        writer.Flush();
        Assert.Equal(1, file.Syncs);
        Assert.Equal(file.Length, writer.Length);
        Assert.Equal(Blake3.Hash(file.Content), Blake3Hasher.ImportState(writer.ExportHashState()).Finish());
        using var text = new PooledBuffer();
        foreach (var block in writer.Blocks)
            LogFileReader.ReadBlock(file, block, text);
        Assert.Equal(Text(lines), Encoding.UTF8.GetString(text.WrittenSpan));
    }

    [Fact]
    public void A_write_that_the_disk_refused_can_be_tried_again()
    {
        var lines = LogLines.Ordinary(3000);
        var (want, summary) = Write(lines);
        var file = new MemoryFile();
        using var writer = new LogFileWriter(file);
        Append(writer, lines);
        file.Failure = new IOException("no space");
        Assert.Throws<IOException>(writer.Flush);
        file.Failure = null;
        Assert.Equal(summary.ContentHash, writer.Finish().ContentHash);
        Assert.Equal(want.Content, file.Content);
    }

    [Fact]
    public void The_table_of_a_block_with_very_many_services_still_fits_its_members()
    {
        var lines = LogLines.Sort(Enumerable.Range(0, 5000).Select(i => new TestLine(LogLines.Hour + i, Level.Info, $"{new string('s', i % 50 == 0 ? 4000 : 10)}-{i}", "")));
        var (file, summary) = Write(lines);
        Assert.Equal(5000, summary.Services.Count);
        Assert.Empty(LogFileReader.Verify(file).Findings);
        Assert.Equal(Text(lines), Gunzip(file.Content));
        // The longest head is what DuckDB has a limit for (32 KiB).
        var table = file.Content.AsSpan((int)(LogFileReader.ReadTable(file)[^1] is var last ? last.Offset + last.Length : 0));
        while (!table.IsEmpty)
        {
            var (_, content, length) = LogMember.ReadExtra(table);
            Assert.InRange(content, 1, LogFileWriter.TableMemberBytes);
            table = table[length..];
        }
    }

    [Fact]
    public async Task Zcat_reads_the_lines()
    {
        var lines = LogLines.Ordinary(5000);
        using var folder = new TemporaryFolder();
        var path = folder.File("hour-14.jsonl.gz", Write(lines).File.Content);
        using var zcat = Process.Start(new ProcessStartInfo("zcat", [path]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var complaints = zcat.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Equal(Text(lines), await zcat.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken));
        await zcat.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, zcat.ExitCode);
        Assert.Equal("", await complaints);
    }

    [Fact]
    public void DuckDb_counts_as_the_summary_does()
    {
        var lines = LogLines.Ordinary(20_000);
        var (file, summary) = Write(lines);
        using var folder = new TemporaryFolder();
        var path = folder.File("hour-14.jsonl.gz", file.Content);
        var rows = DuckDb.Query($"select level, service, count(*) from read_json('{path}', format='newline_delimited') group by all");
        Assert.Equal(summary.Services, rows.Select(row => (string)row[1]!).Distinct().Order(StringComparer.Ordinal));
        for (var level = Level.Trace; level <= Level.Fatal; level++)
            Assert.Equal(summary.Counts[(int)level], rows.Where(row => (string)row[0]! == level.Name()).Sum(row => (long)row[2]!));
    }

    [Fact]
    public void An_empty_file_is_a_file()
    {
        var (file, summary) = Write([]);
        Assert.Equal("", Gunzip(file.Content));
        Assert.Empty(LogFileReader.ReadTable(file));
        Assert.Empty(LogFileReader.Verify(file).Findings);
        Assert.Empty(summary.Services);
    }

    [Fact]
    public void Equal_lines_make_equal_bytes() =>
        Assert.Equal(Write(LogLines.Ordinary(2000)).File.Content, Write(LogLines.Ordinary(2000)).File.Content);

    [Fact]
    public void A_service_name_too_long_for_the_table_is_our_bug()
    {
        using var writer = new LogFileWriter(new MemoryFile());
        Assert.StartsWith("BUG:", Assert.Throws<ArgumentException>(() => writer.Append("{}"u8, Level.Info, 0, new byte[LogFileWriter.MaxServiceBytes + 1])).Message);
    }

    internal static (MemoryFile File, LogFileSummary Summary) Write(TestLine[] lines)
    {
        var file = new MemoryFile();
        using var writer = new LogFileWriter(file);
        Append(writer, lines);
        return (file, writer.Finish());
    }

    private static void Append(LogFileWriter writer, TestLine[] lines)
    {
        foreach (var line in lines)
            writer.Append(line.Json(), line.Level, line.TimestampUnixNanos, Encoding.UTF8.GetBytes(line.Service));
    }

    private static string Text(TestLine[] lines) => string.Concat(lines.Select(line => Encoding.UTF8.GetString(line.Json()) + "\n"));

    private static string Blocks(MemoryFile file)
    {
        using var text = new PooledBuffer();
        foreach (var block in LogFileReader.ReadTable(file))
            LogFileReader.ReadBlock(file, block, text);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    private static string Gunzip(byte[] content)
    {
        using var reader = new StreamReader(new GZipStream(new MemoryStream(content), CompressionMode.Decompress), new UTF8Encoding(false));
        return reader.ReadToEnd();
    }

    private static IEnumerable<long> CountsOf(TestLine[] lines) => Enumerable.Range(0, Levels.Count).Select(level => lines.LongCount(line => (int)line.Level == level));

    private static IEnumerable<string> ServicesOf(TestLine[] lines) => lines.Select(line => line.Service).Distinct().Order(StringComparer.Ordinal);
}
