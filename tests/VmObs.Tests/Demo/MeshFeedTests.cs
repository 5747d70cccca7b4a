using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using VmObs.Demo;
using VmObs.Import;
using VmObs.Tests.Support;

namespace VmObs.Tests.Demo;

public sealed class MeshFeedTests : IDisposable
{
    private static readonly DateTimeOffset s_now = new(2026, 1, 15, 10, 30, 7, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(s_now);

    [Fact]
    public async Task A_first_start_sends_the_specs_day_and_the_last_24_hours()
    {
        var sent = await SendAsync("state");
        var times = sent.DocumentsOf("metrics").Select(document => document.GetProperty("timestamp").GetDateTimeOffset()).ToList();
        Assert.Equal(new DateTimeOffset(2025, 12, 5, 20, 0, 0, TimeSpan.Zero), times.Min());
        Assert.Equal(s_now.AddSeconds(-7), times.Max());
        Assert.DoesNotContain(times, time => time >= new DateTimeOffset(2025, 12, 6, 18, 0, 0, TimeSpan.Zero) && time < s_now.AddHours(-24));
        Assert.Contains(times, time => time < s_now.AddHours(-23.9) && time > s_now.AddHours(-24));
        Assert.Equal(["brick-01", "brick-02", "brick-03", "brick-04", "portal-01"], sent.DocumentsOf("metrics").Select(Node).Distinct().Order());
    }

    [Fact]
    public async Task What_is_sent_in_pieces_is_what_is_sent_at_once()
    {
        var once = await SendAsync("once");
        _time.SetUtcNow(s_now);
        var pieces = new RecordedRequests();
        MeshFeed.Prepare(PathOf("pieces"));
        var time = new FakeTimeProvider(s_now.AddMinutes(-47));
        var feed = new MeshFeed(pieces, PathOf("pieces"), time);
        await feed.SendHistoryAsync(_ => Task.CompletedTask, TestContext.Current.CancellationToken);
        foreach (var step in new[] { 0.2, 5, 5, 61, 900, 1848.8 })
        {
            time.Advance(TimeSpan.FromSeconds(step));
            await feed.SendHistoryAsync(_ => Task.CompletedTask, TestContext.Current.CancellationToken);
        }
        // The first 47 minutes of the last 24 hours are missing, for the pieces began earlier.
        foreach (var signal in new[] { "logs", "traces" })
            Assert.Equal(once.Of(signal).Where(IsOfToday), pieces.Of(signal).Where(IsOfToday));
        Assert.Equal(once.Of("logs").Count(IsOfToday), once.Of("logs").Where(IsOfToday).Distinct().Count());

        static bool IsOfToday(string line) => line.Contains("2026-01-15T", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_that_was_cut_short_goes_on_where_it_was()
    {
        var whole = await SendAsync("whole");
        var cut = new RecordedRequests { Takes = 30 };
        MeshFeed.Prepare(PathOf("cut"));
        await Assert.ThrowsAsync<ImportRefusedException>(() => new MeshFeed(cut, PathOf("cut"), _time).SendHistoryAsync(_ => Task.CompletedTask, TestContext.Current.CancellationToken));
        var before = cut.Of("logs").Count;
        Assert.InRange(before, 1, whole.Of("logs").Count - 1);
        cut.Takes = int.MaxValue;
        MeshFeed.Prepare(PathOf("cut"));
        await new MeshFeed(cut, PathOf("cut"), _time).SendHistoryAsync(_ => Task.CompletedTask, TestContext.Current.CancellationToken);
        Assert.Equal(whole.Of("logs"), cut.Of("logs"));
        Assert.Equal(whole.Of("traces"), cut.Of("traces"));
    }

    [Fact]
    public async Task The_specs_settlement_and_line_are_sent_once_as_they_stand_there()
    {
        var sent = await SendAsync("state");
        var trace = Assert.Single(sent.DocumentsOf("traces"), document => document.GetProperty("trace_id").GetString() == "trace-abc123");
        Assert.Equal(("treasury_settlement", 2345, 4), (trace.GetProperty("name").GetString(), trace.GetProperty("duration_ms").GetInt32(), trace.GetProperty("spans").GetArrayLength()));
        var line = Assert.Single(sent.DocumentsOf("logs"), document => document.TryGetProperty("caller", out _));
        Assert.Equal("2025-12-06T14:30:15.123Z", line.GetProperty("timestamp").GetString());
    }

    [Fact]
    public async Task The_guardian_tells_of_the_backlog_at_the_specs_times()
    {
        var sent = await SendAsync("state");
        var told = sent.DocumentsOf("logs").Where(document => document.GetProperty("message").GetString()!.Contains("queue depth", StringComparison.Ordinal) || document.GetProperty("message").GetString()!.Contains("backlog", StringComparison.Ordinal))
            .Where(document => document.GetProperty("timestamp").GetString()!.StartsWith("2025-12-06", StringComparison.Ordinal))
            .Select(document => (document.GetProperty("timestamp").GetString()![11..19], document.GetProperty("message").GetString()));
        Assert.Equal([("14:25:00", "anchor queue depth increasing"), ("14:40:00", "processing backlog"), ("14:50:00", "backlog cleared")], told);
    }

    [Fact]
    public async Task No_request_is_under_way_at_a_full_hour()
    {
        var sent = await SendAsync("state");
        Assert.All(sent.DocumentsOf("traces"), trace => Assert.Equal(trace.GetProperty("start_time").GetDateTimeOffset().Hour, trace.GetProperty("end_time").GetDateTimeOffset().Hour));
    }

    public void Dispose() => _folder.Dispose();

    private async Task<RecordedRequests> SendAsync(string state)
    {
        var sent = new RecordedRequests();
        MeshFeed.Prepare(PathOf(state));
        await new MeshFeed(sent, PathOf(state), _time).SendHistoryAsync(_ => Task.CompletedTask, TestContext.Current.CancellationToken);
        return sent;
    }

    private string PathOf(string state) => Path.Combine(_folder.Path, state);

    private static string Node(JsonElement document) => document.GetProperty("node").GetString()!["did:vm:node:".Length..];
}
