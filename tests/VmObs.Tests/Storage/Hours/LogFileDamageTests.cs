using VmObs.Signals;
using VmObs.Signals.Logs;
using VmObs.Storage;
using VmObs.Storage.Embedded.Hours;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage.Hours;

public sealed class LogFileDamageTests
{
    [Fact]
    public void Any_flipped_bit_is_noticed()
    {
        const int Seed = 20251206;
        var (file, summary) = LogFileTests.Write(LogLines.Ordinary(2000));
        // Up to seven bits after the end of a deflate stream mean nothing: they change the hash and no line.
        var paddings = LogFileReader.ReadTable(file).Select(block => (int)block.Offset + block.Length - 9).ToHashSet();
        var random = new Random(Seed);
        // Every byte of the table and the trailer, and a sample of the lines.
        var table = LogFileReader.ReadTable(file)[^1] is var last ? last.Offset + last.Length : 0;
        var places = Enumerable.Range(0, 500).Select(_ => random.Next((int)table)).Concat(Enumerable.Range((int)table, (int)(file.Length - table)));
        foreach (var place in places)
        {
            var content = (byte[])file.Content.Clone();
            content[place] ^= (byte)(1 << random.Next(8));
            var damaged = new MemoryFile(content);
            Assert.NotEqual(summary.ContentHash, HourFileHash.Of(damaged));
            Assert.True(IsNoticed(damaged) || paddings.Contains(place), $"seed {Seed}: byte {place} of {file.Length}: Verify found nothing");
        }
    }

    [Fact]
    public void A_cut_file_is_damage_wherever_it_is_cut()
    {
        var (file, _) = LogFileTests.Write(LogLines.Ordinary(500));
        for (var length = 0; length < file.Length; length += 37)
        {
            var error = Assert.Throws<DamagedFileException>(() => LogFileReader.ReadTable(new MemoryFile(file.Content[..length])));
            Assert.InRange(error.Offset, 0, length);
        }
    }

    [Fact]
    public void Bytes_smuggled_behind_a_deflate_stream_are_found()
    {
        using var member = new PooledBuffer();
        LogMember.Write(member, "{}\n"u8);
        var good = member.WrittenSpan.ToArray();
        byte[] smuggling = [.. good[..^8], 0xAB, .. good[^8..]];
        using var text = new PooledBuffer();
        LogMember.Read(good, 3, text);
        Assert.Contains("after the end", Assert.Throws<InvalidDataException>(() => LogMember.Read(smuggling, 3, text)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_entry_that_promises_gigabytes_is_refused_before_memory_is_taken()
    {
        using var entry = new PooledBuffer();
        LogBlockTable.Write(entry, Block() with { TextLength = int.MaxValue });
        var bytes = entry.WrittenSpan.ToArray();
        Assert.Throws<FormatException>(() =>
        {
            ReadOnlySpan<byte> source = bytes;
            LogBlockTable.Read(ref source);
        });
    }

    public static TheoryData<string, string> WrongEntries => new()
    {
        { "first", "from 2025-12-06T13:00:00.000Z" },
        { "last", "to 2025-12-06T13:00:00.002Z" },
        { "class", "level info" },
        { "counts", "guardian 0/0/2/0/0/0" },
        { "service", "guardian 0/0/2/0/0/0" },
        { "service-last", "until 2025-12-06T13:00:00.002Z" },
    };

    [Theory]
    [MemberData(nameof(WrongEntries))]
    public void Verify_tells_what_a_lying_entry_should_say(string lie, string truth)
    {
        var block = Block();
        var lines = "{\"log_id\":\"log:guardian:1\",\"timestamp\":\"2025-12-06T13:00:00.000Z\",\"level\":\"info\",\"service\":\"guardian\",\"node\":\"did:vm:node:brick-01\",\"message\":\"\"}\n"u8.ToArray();
        var second = "{\"log_id\":\"log:guardian:2\",\"timestamp\":\"2025-12-06T13:00:00.002Z\",\"level\":\"info\",\"service\":\"guardian\",\"node\":\"did:vm:node:brick-01\",\"message\":\"\"}\n"u8.ToArray();
        byte[] text = [.. lines, .. second];
        Assert.Empty(Findings(block, text));
        var lying = lie switch
        {
            "first" => block with { FirstUnixNanos = block.FirstUnixNanos - 1 },
            "last" => block with { LastUnixNanos = block.LastUnixNanos + 1 },
            "class" => block with { Class = RetentionClass.Error },
            "counts" => block with { Lines = 3, Services = [block.Services[0] with { Counts = [0, 0, 3, 0, 0, 0] }] },
            "service" => block with { Services = [block.Services[0] with { Service = "treasury" }] },
            _ => block with { Services = [block.Services[0] with { LastUnixNanos = block.FirstUnixNanos }] },
        };
        Assert.Contains(Findings(lying, text), finding => finding.Contains(truth, StringComparison.Ordinal));
    }

    [Fact]
    public void Findings_stay_few_when_every_line_is_wrong()
    {
        var text = string.Concat(Enumerable.Range(0, 1000).Select(_ => "{\"log_id\":\"x\",\"timestamp\":\"2025-12-06T13:00:00.000Z\",\"level\":\"fatal\",\"service\":\"guardian\",\"node\":\"n\"}\n"));
        var findings = Findings(Block(), System.Text.Encoding.UTF8.GetBytes(text));
        Assert.Equal(HourFindings.Max + 1, findings.Count);
        Assert.Contains("902 more", findings[^1], StringComparison.Ordinal);
    }

    private static bool IsNoticed(MemoryFile file)
    {
        try
        {
            return LogFileReader.Verify(file).Findings.Count > 0;
        }
        catch (DamagedFileException error)
        {
            Assert.InRange(error.Offset, 0, file.Length);
            return true;
        }
    }

    private static IReadOnlyList<string> Findings(LogBlock block, byte[] text)
    {
        var verification = new LogFileVerification("/hour-14.jsonl.gz");
        verification.Block(block, text);
        return verification.ToCheck().Findings;
    }

    private static LogBlock Block() => new(
        0, 100, 300, 2, RetentionClass.Standard, LogLines.Hour, LogLines.Hour + 2_000_000,
        [new LogBlock.ServiceCounts("guardian", [0, 0, 2, 0, 0, 0], LogLines.Hour + 2_000_000)]);
}
