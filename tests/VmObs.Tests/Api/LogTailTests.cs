using System.Net;
using System.Text.Json;
using VmObs.Tests.Support;

namespace VmObs.Tests.Api;

public sealed class LogTailTests
{
    [Fact]
    public async Task The_last_lines_come_oldest_first_then_each_as_it_is_stored()
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.LogsAsync(Samples.Log(1, "one"), Samples.Log(2, "two"), Samples.Log(3, "three"));
        using var tail = await FollowAsync(front, "lines=2");
        Assert.Equal("two", await tail.NextMessageAsync());
        Assert.Equal("three", await tail.NextMessageAsync());
        await front.Engine.LogsAsync(Samples.Log(9, "four"));
        Assert.Equal("four", await tail.NextMessageAsync());
    }

    [Fact]
    public async Task Conditions_are_those_of_the_list()
    {
        await using var front = await EngineFront.StartAsync();
        using var tail = await FollowAsync(front, "level=error&node=brick-01&filter=" + Uri.EscapeDataString("message =~ 'fail'"));
        await front.Engine.LogsAsync(Samples.Log(1, "failed", 17, Samples.Portal), Samples.Log(2, "fails"), Samples.Log(3, "failed", 17), Samples.Log(4, "lost", 17), Samples.Log(5, "failure", 21));
        Assert.Equal("failed", await tail.NextMessageAsync());
        Assert.Equal("failure", await tail.NextMessageAsync());
    }

    [Fact]
    public async Task Who_comes_again_goes_on_behind_the_last_event_and_hears_nothing_twice()
    {
        await using var front = await EngineFront.StartAsync();
        string? last;
        using (var tail = await FollowAsync(front, "lines=0"))
        {
            await front.Engine.LogsAsync(Samples.Log(1, "one"), Samples.Log(2, "two"));
            await tail.NextMessageAsync();
            last = tail.LastId;
        }
        await front.Engine.LogsAsync(Samples.Log(3, "three"));
        await front.Engine.SealAsync();
        using var again = await FollowAsync(front, "lines=0", last);
        Assert.Equal("two", await again.NextMessageAsync());
        Assert.Equal("three", await again.NextMessageAsync());
        await front.Engine.LogsAsync(Samples.Log(4, "four"));
        Assert.Equal("four", await again.NextMessageAsync());
    }

    [Fact]
    public async Task A_quiet_stream_beats()
    {
        await using var front = await EngineFront.StartAsync();
        using var tail = await FollowAsync(front, "lines=0");
        var line = tail.NextLineAsync();
        // The server may begin to wait after the clock was turned: then for the next time.
        while (!line.IsCompleted)
        {
            front.Engine.Time.Advance(TimeSpan.FromSeconds(15));
            await Task.Yield();
        }
        Assert.Equal(": still here", await line);
    }

    [Theory]
    [InlineData("lines=-1")]
    [InlineData("cursor=nonsense")]
    [InlineData("filter=level%20%3D%3D")]
    [InlineData("follow=true")]
    public async Task What_cannot_be_read_is_told_before_the_stream_begins(string parameters)
    {
        await using var front = await EngineFront.StartAsync();
        using var answer = await front.Main.GetAsync("/obs/logs/tail?" + parameters, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    private static async Task<Tail> FollowAsync(EngineFront front, string parameters, string? lastId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/obs/logs/tail?" + parameters);
        if (lastId is not null)
            request.Headers.Add("Last-Event-ID", lastId);
        var answer = await front.Main.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal("text/event-stream", answer.EnsureSuccessStatusCode().Content.Headers.ContentType?.MediaType);
        var tail = new Tail(answer, new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken)));
        Assert.Equal("retry: 1000", await tail.NextLineAsync());
        return tail;
    }

    private sealed class Tail(HttpResponseMessage answer, StreamReader lines) : IDisposable
    {
        public string? LastId { get; private set; }

        public async Task<string> NextLineAsync()
        {
            while (true)
            {
                if (await lines.ReadLineAsync(TestContext.Current.CancellationToken) is { Length: > 0 } line)
                    return line;
            }
        }

        public async Task<string> NextMessageAsync()
        {
            LastId = (await NextLineAsync())["id: ".Length..];
            var data = await NextLineAsync();
            Assert.StartsWith("data: {", data, StringComparison.Ordinal);
            return JsonElement.Parse(data["data: ".Length..]).GetProperty("message").GetString()!;
        }

        public void Dispose()
        {
            lines.Dispose();
            answer.Dispose();
        }
    }
}
