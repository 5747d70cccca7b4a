using System.Text;
using VmObs.Ledger.Remains;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Parquet;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage.Retention;

public sealed class RetentionTests
{
    [Fact]
    public async Task Each_class_goes_at_its_age_and_what_remains_verifies()
    {
        await using var engine = await RetainedHour.SealedAsync();
        string[] left = RetainedHour.All;
        await StepAsync(6.9);
        await StepAsync(7, "log trace");
        await StepAsync(36.9);
        await StepAsync(37, "trace ok");
        await StepAsync(401.9);
        await StepAsync(402, "metrics", "log info");
        await StepAsync(2219.9);
        await StepAsync(2220, "log error", "trace error");
        Assert.Empty(RetainedHour.Files(engine));
        Assert.Equal(6, RetainedHour.Receipts(engine).Count);

        async Task StepAsync(double days, params string[] going)
        {
            engine.Time.Advance(DateTimeOffset.UnixEpoch.AddTicks(EngineFolder.Hour.EndUnixNanos / 100).AddDays(days) - engine.Time.GetUtcNow());
            var plan = await engine.Store.PlanExpiryAsync(TestContext.Current.CancellationToken);
            Assert.Equal(left, await RetainedHour.FoundAsync(engine));
            Assert.Equal(plan.Hours.Select(Describe), (await RetainedHour.ExpireAsync(engine)).Select(Describe));
            left = [.. left.Except(going)];
            for (var opened = 0; opened < 2; opened++)
            {
                Assert.Equal(left, await RetainedHour.FoundAsync(engine));
                Assert.Empty(RetainedHour.Findings(engine));
                Assert.Empty(await RetainedHour.ExpireAsync(engine));
                await engine.ReopenAsync();
            }
        }
    }

    [Fact]
    public async Task What_is_dropped_cannot_be_read_from_the_files()
    {
        await using var engine = await RetainedHour.SealedAsync();
        var (logs, traces) = (engine.PathOf(RetainedHour.Logs), engine.PathOf(RetainedHour.Traces));
        // The smallest and largest values of a row group stand in the footer and in the page index, uncompressed.
        Assert.True(Count(traces, "span-1") >= 2);
        var before = File.ReadAllBytes(logs);
        // A filter tells whether an id was there.
        var filters = Filters(traces);
        Assert.All(filters, filter => Assert.True(Bytes(traces, filter).AsSpan().ContainsAnyExcept((byte)0)));
        engine.Time.Advance(TimeSpan.FromDays(38));
        await RetainedHour.ExpireAsync(engine);
        Assert.Equal(0, Count(traces, "span-1"));
        Assert.True(Count(traces, "span-2") >= 2);
        Assert.Equal([true, false], filters.Select(filter => Bytes(traces, filter).AsSpan().ContainsAnyExcept((byte)0)));
        var after = File.ReadAllBytes(logs);
        var head = RemainsHead.Parse(File.ReadAllBytes(logs + RemainsHead.Suffix));
        Assert.True(head.GoneBytes > 12 * 1000);
        Assert.Equal(before.Length, after.Length);
        for (var at = 0; at < after.Length; at++)
            Assert.Equal(head.Touches(at, 1) ? 0 : before[at], after[at]);

        static (long Offset, int Bytes)[] Filters(string path)
        {
            using var file = DiskFolder.Posix.OpenRead(path);
            return [.. ParquetFile.ReadMetadata(file, TraceColumns.Formats).RowGroups.Select(group => group.Chunks[TraceColumns.TraceIdIndex].Filter)];
        }

        static byte[] Bytes(string path, (long Offset, int Bytes) filter) => File.ReadAllBytes(path).AsSpan((int)filter.Offset, filter.Bytes + BloomFilter.GuardBytes).ToArray();

        static int Count(string path, string text) => Encoding.Latin1.GetString(File.ReadAllBytes(path)).Split(text).Length - 1;
    }

    [Fact]
    public async Task Receipts_say_what_went_and_what_remains()
    {
        await using var engine = await RetainedHour.SealedAsync();
        engine.Time.Advance(TimeSpan.FromDays(8));
        await RetainedHour.ExpireAsync(engine);
        var receipt = Assert.Single(RetainedHour.Receipts(engine));
        Assert.Equal(RetainedHour.Logs, receipt.GetProperty("storage_path").GetString());
        Assert.Equal("blake3:" + engine.Ledger.SealedHours.Single(hour => hour.StoragePath == RetainedHour.Logs).ContentHash, receipt.GetProperty("content_hash").GetString());
        Assert.Equal("age", receipt.GetProperty("reason").GetString());
        Assert.Equal("""["trace"]""", receipt.GetProperty("dropped").GetProperty("classes").GetRawText());
        Assert.Equal("""["standard","error"]""", receipt.GetProperty("remains").GetProperty("classes").GetRawText());
        var length = new FileInfo(engine.PathOf(RetainedHour.Logs)).Length;
        Assert.Equal(length, receipt.GetProperty("dropped").GetProperty("bytes").GetInt64() + receipt.GetProperty("remains").GetProperty("bytes").GetInt64());
        var head = RemainsHead.Parse(File.ReadAllBytes(engine.PathOf(RetainedHour.Logs) + RemainsHead.Suffix));
        Assert.Equal("blake3:" + head.Hash().ToHex(), receipt.GetProperty("remains").GetProperty("outboard_head").GetString());
    }

    [Fact]
    public async Task Beyond_the_bytes_allowed_the_oldest_hours_go_whole()
    {
        await using var engine = await EngineFolder.OpenAsync(new StoreOptions("") { Retention = new RetentionPolicy { MaxBytes = RetentionPolicy.Unbounded } });
        for (var hour = 0; hour < 4; hour++)
            await engine.LogsAsync(Samples.Log(-3600 * hour, $"hour {hour}", severity: 17));
        var sealedHours = await engine.SealAsync();
        Assert.Empty(await RetainedHour.ExpireAsync(engine));
        await engine.CloseAsync();
        var policy = new RetentionPolicy { MaxBytes = sealedHours[2].Length + sealedHours[3].Length };
        await using var bounded = RetainedHour.CopyOf(engine, new StoreOptions("") { Retention = policy });
        await bounded.ReopenAsync();
        var expired = await RetainedHour.ExpireAsync(bounded);
        Assert.Equal(sealedHours.Take(2).Select(hour => (hour.StoragePath, ExpiryReason.Size)), expired.Select(hour => (hour.StoragePath, hour.Reason)));
        Assert.All(expired, hour => Assert.Null(hour.Rest));
        Assert.Equal(2, (await bounded.FindAsync()).Count);
        Assert.Empty(RetainedHour.Findings(bounded));
        Assert.Empty(await RetainedHour.ExpireAsync(bounded));
    }

    [Fact]
    public async Task Late_data_for_an_expired_hour_gets_a_name_of_its_own()
    {
        await using var engine = await EngineFolder.OpenAsync(new StoreOptions("") { Retention = new RetentionPolicy { MaxBytes = 0 } });
        for (var round = 0; round < 3; round++)
        {
            await engine.LogsAsync(Samples.Log(1, $"round {round}"));
            Assert.Equal(round, Assert.Single(await engine.SealAsync()).LateIndex);
            Assert.Single(await RetainedHour.ExpireAsync(engine));
            await engine.ReopenAsync();
            Assert.Empty(await engine.FindAsync());
            Assert.Empty(RetainedHour.Findings(engine));
        }
    }

    [Fact]
    public async Task A_damaged_file_is_kept_as_it_is_and_named()
    {
        await using var engine = await RetainedHour.SealedAsync();
        var path = engine.PathOf(RetainedHour.Logs);
        var bytes = File.ReadAllBytes(path);
        bytes[^1000] ^= 1;
        File.WriteAllBytes(path, bytes);
        engine.Time.Advance(TimeSpan.FromDays(8));
        var result = await engine.Store.ExpireAsync(TestContext.Current.CancellationToken);
        Assert.Contains("hour-14.jsonl.gz: damaged", Assert.Single(result.Failures), StringComparison.Ordinal);
        Assert.Empty(RetainedHour.Receipts(engine));
        Assert.Equal(bytes, File.ReadAllBytes(path));
    }

    [Fact]
    public async Task After_a_step_of_the_clock_nothing_expires_by_itself_for_a_day()
    {
        await using var engine = await RetainedHour.SealedAsync();
        engine.Time.Step(TimeSpan.FromDays(8));
        await engine.Store.ExpireDueHoursAsync(TestContext.Current.CancellationToken);
        Assert.Empty(RetainedHour.Receipts(engine));
        engine.Time.Advance(TimeSpan.FromHours(25));
        await engine.Store.ExpireDueHoursAsync(TestContext.Current.CancellationToken);
        Assert.Single(RetainedHour.Receipts(engine));
    }

    private static string Describe(ExpiredHour hour) => $"{hour.StoragePath} {hour.Reason} {string.Join('+', hour.Dropped.Names)} {hour.DroppedBytes} {hour.Rest?.Bytes}";
}
