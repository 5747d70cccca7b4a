using System.Text.Json;
using VmObs.Receipts;
using VmObs.Signals.Logs;
using VmObs.Signals.Ports;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded;
using VmObs.Storage.Embedded.Grams;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Reading;
using VmObs.Storage.Embedded.Verify;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage.Reading;

/// <summary>Answers are what reading every document gives, wherever the records are and whatever became of gram files.</summary>
public sealed class LogQueryTests
{
    private const string GramPattern = "*" + GramFile.Suffix;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Answers_are_those_of_reading_every_document_at_every_stage(int seed)
    {
        // A quarter of it, a run of records, goes to the file.
        await using var engine = await EngineFolder.OpenAsync(new StoreOptions("") { HeadBudgetBytes = 4 * 1024 * 1024 });
        var world = new LogWorld(engine, seed);
        await world.AddAsync(200);
        await AssertAnswersAsync(engine, world, "in memory");
        await world.AddAsync(500);
        await engine.Store.SpillAsync();
        Assert.NotEmpty(GramFiles(engine));
        await AssertAnswersAsync(engine, world, "in open files");
        await world.AddAsync(300);
        await AssertAnswersAsync(engine, world, "in open files and in memory");
        await engine.SealAsync();
        await AssertAnswersAsync(engine, world, "sealed, but for the second hour");
        await world.AddAsync(300);
        engine.Time.Advance(TimeSpan.FromHours(2));
        await engine.SealAsync();
        await AssertAnswersAsync(engine, world, "sealed with late batches");
        foreach (var path in GramFiles(engine))
            Damage(path, world.Random);
        await engine.ReopenAsync();
        await AssertAnswersAsync(engine, world, "with damaged gram files");
        foreach (var path in GramFiles(engine))
            File.Delete(path);
        await engine.ReopenAsync();
        await AssertAnswersAsync(engine, world, "without gram files");
    }

    [Fact]
    public async Task A_file_without_grams_gets_them_once_text_is_looked_for_and_answers_stay()
    {
        await using var engine = await EngineFolder.OpenAsync();
        var world = new LogWorld(engine, 3);
        await world.AddAsync(2_500, toSeconds: 3_600);
        await engine.SealAsync();
        foreach (var path in GramFiles(engine))
            File.Delete(path);
        await engine.ReopenAsync();
        var query = new LogQuery(0, long.MaxValue) { Text = "anchor cycle failed" };
        var before = await world.FindAsync(query);
        await ((LogSource)engine.Store.Logs).WhenBackfilledAsync();
        Assert.Single(GramFiles(engine));
        Assert.Equal(before, await world.FindAsync(query));
        var read = new QueryBudget(long.MaxValue, long.MaxValue);
        await engine.Store.Logs.CountAsync(query with { Text = "a text that is nowhere" }, read, TestContext.Current.CancellationToken);
        Assert.InRange(read.BytesRead, 0, new FileInfo(GramFiles(engine)[0][..^GramFile.Suffix.Length]).Length / 4);
    }

    [Fact]
    public async Task A_gram_file_that_somebody_made_to_hide_lines_changes_no_answer_and_is_made_again()
    {
        await using var engine = await EngineFolder.OpenAsync();
        var world = new LogWorld(engine, 3);
        await world.AddAsync(2_500, toSeconds: 3_600);
        await engine.SealAsync();
        var query = new LogQuery(0, long.MaxValue) { Text = "anchor cycle failed" };
        var before = await world.FindAsync(query);
        Assert.NotEmpty(before);
        var path = Assert.Single(GramFiles(engine));
        var logPath = Path.GetRelativePath(engine.Folder, path[..^GramFile.Suffix.Length]);
        Hide(path);
        await engine.ReopenAsync();
        Assert.NotNull(GramFileCheck.Run(engine.Folder, logPath, Secret()));
        Assert.Equal(before, await world.FindAsync(query));
        await ((LogSource)engine.Store.Logs).WhenBackfilledAsync();
        Assert.Null(GramFileCheck.Run(engine.Folder, logPath, Secret()));
        Assert.Equal(before, await world.FindAsync(query));

        byte[] Secret() => DerivedFileKey.For("grams", DerivedFileKey.Find(engine.Folder, null)!);
    }

    // Grams of blocks that hold nothing that is looked for, properly made but for the key.
    private static void Hide(string path)
    {
        using var log = DiskFolder.Posix.OpenRead(path[..^GramFile.Suffix.Length]);
        var blocks = LogFileReader.ReadTable(log);
        var grams = new GramCollector();
        foreach (var _ in blocks)
            grams.Closed("{\"message\":\"nothing of that\"}\n"u8);
        File.Delete(path);
        using var file = DiskFolder.Posix.Open(path, create: true);
        var (end, first) = (0L, 0);
        GramFile.Write(file, ref end, grams.TakeGroups(), blocks, ref first, new GramKey(new byte[32]).Of(log.Path));
    }

    [Fact]
    public async Task Parts_of_stored_texts_of_any_length_are_found_as_by_reading_every_document()
    {
        await using var engine = await EngineFolder.OpenAsync();
        var world = new LogWorld(engine, 9);
        await world.AddAsync(700, toSeconds: 3_600);
        await engine.SealAsync();
        Assert.NotEmpty(GramFiles(engine));
        var read = LogWorld.Read(await world.FindAsync(new LogQuery(0, long.MaxValue) { Limit = 1_000_000 }));
        for (var length = 1; length <= 24; length++)
        {
            for (var i = 0; i < 8; i++)
            {
                var query = new LogQuery(0, long.MaxValue) { Text = PartOf(read[world.Random.Next(read.Count)].FoldedMessage, length, world.Random, isChanged: i % 2 == 0), Limit = 1_000_000 };
                var (expected, found) = (LogWorld.Naive(read, query), await world.FindAsync(query));
                Assert.True(expected.SequenceEqual(found), $"{length} \"{query.Text}\": expected {expected.Count}, found {found.Count}");
            }
        }

        // Mostly words and numbers, over what stands between them; in capitals, or with one character changed, too.
        static string PartOf(string message, int length, Random random, bool isChanged)
        {
            var text = message.Substring(random.Next(message.Length - length), length);
            return !isChanged ? text : random.Next(2) == 0 ? text.ToUpperInvariant().Replace("Ö", "ö", StringComparison.Ordinal) : string.Concat(text.AsSpan(0, length / 2), "q", text.AsSpan((length / 2) + 1));
        }
    }

    [Fact]
    public async Task Counts_are_those_of_the_lines_that_are_found()
    {
        await using var engine = await EngineFolder.OpenAsync();
        var world = new LogWorld(engine, 4);
        await world.AddAsync(300);
        await engine.ReopenAsync();
        await world.AddAsync(100);
        await engine.SealAsync();
        await world.AddAsync(100);
        for (var i = 0; i < 25; i++)
        {
            var query = world.Query() with { Limit = 1_000_000 };
            var counts = await engine.Store.Logs.CountAsync(query, QueryBudget.Unlimited(), TestContext.Current.CancellationToken);
            var expected = (await engine.FindAsync(query)).GroupBy(record => (Service(record), record.Level)).ToDictionary(group => group.Key, group => (long)group.Count());
            Assert.Equal(expected, counts.ToDictionary(count => (count.Service, count.Level), count => count.Lines));
        }
    }

    [Fact]
    public async Task A_count_by_service_and_level_reads_no_block()
    {
        await using var engine = await EngineFolder.OpenAsync();
        await new LogWorld(engine, 5).AddAsync(300, toSeconds: 3_600);
        await engine.SealAsync();
        var budget = new QueryBudget(0, 0);
        var counts = await engine.Store.Logs.CountAsync(new LogQuery(0, long.MaxValue) { MinLevel = Level.Error }, budget, TestContext.Current.CancellationToken);
        Assert.Equal((await engine.FindAsync(new LogQuery(0, long.MaxValue) { MinLevel = Level.Error, Limit = 1000 })).Count, counts.Sum(count => count.Lines));
    }

    [Fact]
    public async Task The_newest_lines_are_found_without_reading_the_hour()
    {
        await using var engine = await EngineFolder.OpenAsync();
        var world = new LogWorld(engine, 6);
        for (var i = 0; i < 20; i++)
            await world.AddAsync(100, i * 100, (i + 1) * 100);
        await engine.SealAsync();
        var budget = QueryBudget.Unlimited();
        await foreach (var record in engine.Store.Logs.FindAsync(new LogQuery(0, long.MaxValue) { Limit = 10 }, budget, TestContext.Current.CancellationToken))
            Assert.True(record.TimestampUnixNanos >= (long)Samples.At(1_900));
        Assert.InRange(budget.BytesRead, 1, new FileInfo(engine.PathOf("telemetry/logs/2025-12-06/hour-14.jsonl.gz")).Length / 5);
    }

    [Fact]
    public async Task A_query_over_its_budget_ends_and_one_within_it_gives_back_what_it_held()
    {
        await using var engine = await EngineFolder.OpenAsync();
        await new LogWorld(engine, 7).AddAsync(300, toSeconds: 3_600);
        await engine.SealAsync();
        var all = new LogQuery(0, long.MaxValue) { Limit = 1000 };
        var held = await Assert.ThrowsAsync<QueryLimitException>(() => CountAsync(engine, all, new QueryBudget(long.MaxValue, 100_000)));
        Assert.Equal(QueryLimit.BytesHeld, held.Limit);
        var read = await Assert.ThrowsAsync<QueryLimitException>(() => CountAsync(engine, all, new QueryBudget(10_000, long.MaxValue)));
        Assert.Equal(QueryLimit.BytesRead, read.Limit);
        // Ten records of 2 kB fit, though more than ten are met on the way.
        var budget = new QueryBudget(long.MaxValue, 100_000);
        Assert.Equal(10, await CountAsync(engine, all with { Limit = 10 }, budget));
        Assert.Equal(0, budget.BytesHeld);
    }

    [Fact]
    public async Task What_expired_is_found_in_no_way_and_the_rest_in_every_way()
    {
        await using var engine = await EngineFolder.OpenAsync(new StoreOptions("") { Retention = new RetentionPolicy { LogsStandardNanos = 3 * 24 * 3_600_000_000_000L } });
        var world = new LogWorld(engine, 8);
        await world.AddAsync(600, toSeconds: 3_600);
        await engine.SealAsync();
        var before = await world.FindAsync(new LogQuery(0, long.MaxValue) { Limit = 1_000_000 });
        engine.Time.Advance(TimeSpan.FromDays(4));
        await engine.Store.ExpireAsync(TestContext.Current.CancellationToken);
        var after = await world.FindAsync(new LogQuery(0, long.MaxValue) { Limit = 1_000_000 });
        Assert.InRange(after.Count, 1, before.Count - 1);
        Assert.Empty(GramFiles(engine));
        var read = LogWorld.Read(after);
        for (var i = 0; i < 20; i++)
        {
            var query = world.Query();
            Assert.Equal(LogWorld.Naive(read, query), await world.FindAsync(query));
        }
        await ((LogSource)engine.Store.Logs).WhenBackfilledAsync();
        for (var i = 0; i < 20; i++)
        {
            var query = world.Query();
            Assert.Equal(LogWorld.Naive(read, query), await world.FindAsync(query));
        }
        Assert.Equal(after.Count, (await engine.Store.Logs.CountAsync(new LogQuery(0, long.MaxValue), QueryBudget.Unlimited(), TestContext.Current.CancellationToken)).Sum(count => count.Lines));
    }

    private static async Task AssertAnswersAsync(EngineFolder engine, LogWorld world, string stage)
    {
        var all = await world.FindAsync(new LogQuery(0, long.MaxValue) { Limit = 1_000_000 });
        var total = (await engine.Store.Logs.CountAsync(new LogQuery(0, long.MaxValue), QueryBudget.Unlimited(), TestContext.Current.CancellationToken)).Sum(count => count.Lines);
        Assert.Equal(total, all.Count);
        var read = LogWorld.Read(all);
        for (var i = 0; i < 25; i++)
        {
            var query = world.Query();
            var (expected, found) = (LogWorld.Naive(read, query), await world.FindAsync(query));
            Assert.True(expected.SequenceEqual(found), $"{stage}: {query}: expected {expected.Count}, found {found.Count}");
        }
    }

    private static async Task<int> CountAsync(EngineFolder engine, LogQuery query, QueryBudget budget)
    {
        var count = 0;
        await foreach (var record in engine.Store.Logs.FindAsync(query, budget, TestContext.Current.CancellationToken))
            count++;
        return count;
    }

    private static string[] GramFiles(EngineFolder engine) => Directory.GetFiles(engine.PathOf("telemetry/logs"), GramPattern, SearchOption.AllDirectories);

    private static void Damage(string path, Random random)
    {
        var bytes = File.ReadAllBytes(path);
        for (var i = 0; i < 20; i++)
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        File.WriteAllBytes(path, bytes);
    }

    private static string Service(LogRecord record)
    {
        using var document = JsonDocument.Parse(record.Json);
        return document.RootElement.GetProperty("service").GetString()!;
    }
}
