using System.Text;
using System.Text.Json;
using VmObs.Signals.Logs;
using VmObs.Signals.Ports;
using VmObs.Storage.Embedded.Feed;
using VmObs.Tests.Storage.Reading;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage.Feed;

public sealed class LogFeedTests
{
    private static readonly LogQuery s_all = new(0, long.MaxValue);

    [Fact]
    public async Task Listeners_hear_what_is_stored_from_then_on_as_queries_find_it()
    {
        await using var engine = await EngineFolder.OpenAsync();
        await engine.LogsAsync(Samples.Log(1, "before"));
        using var all = engine.Store.LogFeed.Listen(s_all)!;
        using var errors = engine.Store.LogFeed.Listen(s_all with { MinLevel = Level.Error, Service = "guardian", Text = "FAILED" })!;
        using var filtered = engine.Store.LogFeed.Listen(s_all with { Filter = LogFilters.Parse("service == 'portal'") })!;
        await engine.LogsAsync(Samples.Log(5, "anchor failed", 17), Samples.Log(4, "anchor failed"), Samples.Log(6, "up", 17, Samples.Portal));
        await engine.LogsAsync(Samples.Log(5, "anchor failed again", 17));
        Assert.Equal(["anchor failed", "anchor failed", "up", "anchor failed again"], await MessagesAsync(all, 4));
        Assert.Equal(["anchor failed", "anchor failed again"], await MessagesAsync(errors, 2));
        Assert.Equal(["up"], await MessagesAsync(filtered, 1));
    }

    [Fact]
    public async Task What_is_heard_is_byte_for_byte_what_is_stored()
    {
        await using var engine = await EngineFolder.OpenAsync();
        using var listener = engine.Store.LogFeed.Listen(s_all)!;
        await new LogWorld(engine, 1).AddAsync(50);
        var heard = new List<string>();
        for (var i = 0; i < 50; i++)
            heard.Add(Encoding.UTF8.GetString((await listener.NextAsync(TestContext.Current.CancellationToken))!.Value.Record.Json.Span));
        await engine.SealAsync();
        var found = (await engine.FindAsync(s_all with { Limit = 1000 })).Select(record => Encoding.UTF8.GetString(record.Json.Span));
        Assert.Equal(found.Order(StringComparer.Ordinal), heard.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Nobody_who_does_not_read_holds_up_what_is_taken_and_each_record_is_heard_or_counted()
    {
        await using var engine = await EngineFolder.OpenAsync();
        using var listener = engine.Store.LogFeed.Listen(s_all)!;
        var text = new string('x', 10_000);
        for (var i = 0; i < 300; i++)
            Assert.True((await engine.LogsAsync(Samples.Log(i, text))).Accepted);
        // The stream ends when all was handed on.
        await engine.CloseAsync();
        var (records, missed) = (0L, 0L);
        while (await listener.NextAsync(TestContext.Current.CancellationToken) is { } heard)
            (records, missed) = heard.Missed > 0 ? (records, missed + heard.Missed) : (records + 1, missed);
        Assert.Equal(300, records + missed);
        Assert.InRange(records, 50, LogFeed.MaxListenerBytes / text.Length);
    }

    [Fact]
    public async Task A_place_is_free_again_when_a_listener_goes()
    {
        await using var engine = await EngineFolder.OpenAsync();
        var listeners = Enumerable.Range(0, engine.Store.LogFeed.MaxListeners).Select(_ => engine.Store.LogFeed.Listen(s_all)!).ToList();
        Assert.Null(engine.Store.LogFeed.Listen(s_all));
        listeners[3].Dispose();
        using var next = engine.Store.LogFeed.Listen(s_all);
        Assert.NotNull(next);
        listeners.ForEach(listener => listener.Dispose());
    }

    private static async Task<List<string>> MessagesAsync(LogListener listener, int count)
    {
        var messages = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var heard = (await listener.NextAsync(TestContext.Current.CancellationToken))!.Value;
            Assert.Equal(0, heard.Missed);
            messages.Add(JsonElement.Parse(heard.Record.Json.Span).GetProperty("message").GetString()!);
        }
        return messages;
    }
}
