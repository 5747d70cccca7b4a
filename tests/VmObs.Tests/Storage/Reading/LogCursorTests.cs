using System.Text;
using System.Text.Json;
using VmObs.Signals.Ports;
using VmObs.Storage.Embedded;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage.Reading;

public sealed class LogCursorTests
{
    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)]
    [InlineData(4, false)]
    public async Task Pages_neither_skip_nor_repeat_while_blocks_are_flushed_hours_seal_and_more_arrives(int seed, bool newestFirst)
    {
        // So little that records go to the hour's file.
        await using var engine = await EngineFolder.OpenAsync(new StoreOptions("") { HeadBudgetBytes = 800_000 });
        var world = new LogWorld(engine, seed);
        // Few seconds for many records: pages end between records of one time.
        await world.AddAsync(120, toSeconds: 20);
        var query = new LogQuery(0, long.MaxValue) { NewestFirst = newestFirst, Limit = 7 };
        var found = new List<string>();
        for (var page = 0; ; page++)
        {
            // Of all records in order those behind the last one that was found, also of those that arrived since.
            var all = await IdsAsync(engine, query with { After = null, Limit = 1_000_000 });
            var expected = all.Skip(found.Count == 0 ? 0 : all.IndexOf(found[^1]) + 1).Take(7);
            var records = await engine.FindAsync(query);
            Assert.Equal(expected, records.Select(Id));
            if (records.Count == 0)
                break;
            found.AddRange(records.Select(Id));
            query = query with { After = LogPosition.TryParse(LogPosition.Of(records[^1]).ToString()) };
            await ActAsync(engine, world, page);
        }
        Assert.InRange(found.Count, 120, 150);
        Assert.Equal(found.Count, found.Distinct().Count());
    }

    private static async Task ActAsync(EngineFolder engine, LogWorld world, int page)
    {
        switch (page % 5)
        {
            case 0:
                await engine.Store.SpillAsync();
                break;
            case 1:
                await engine.SealAsync();
                break;
            case 2:
                await engine.ReopenAsync();
                break;
            case 3 when page < 15:
                await world.AddAsync(10, toSeconds: 20);
                break;
        }
    }

    private static async Task<List<string>> IdsAsync(EngineFolder engine, LogQuery query) => [.. (await engine.FindAsync(query)).Select(Id)];

    private static string Id(LogRecord record)
    {
        using var document = JsonDocument.Parse(record.Json);
        return document.RootElement.GetProperty("log_id").GetString()!;
    }
}
