using System.Diagnostics.Metrics;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using VmObs.Api;
using VmObs.Http;
using VmObs.Signals.Ports;

namespace VmObs.Tests.Api;

public sealed class QueriesTests : IDisposable
{
    private static readonly QueryLimits s_limits = new(TimeSpan.FromSeconds(10), BytesRead: 1000, BytesHeld: 100, Concurrent: 2);

    private readonly Meter _meter = new("VmObs");
    private readonly FakeTimeProvider _time = new();
    private readonly QueryTelemetry _telemetry;
    private readonly Queries _queries;

    public QueriesTests()
    {
        _telemetry = new QueryTelemetry(_meter);
        _queries = new Queries(s_limits, _telemetry, _time);
    }

    [Fact]
    public async Task A_query_that_takes_too_long_ends_in_422_that_names_the_limit()
    {
        var context = AContext();
        var answer = AskAsync(context, query => Task.Delay(Timeout.InfiniteTimeSpan, _time, query.Cancelled));
        _time.Advance(TimeSpan.FromSeconds(10));
        await answer;
        AssertProblem(context, 422, "VMO2010", "limits.query_time");
    }

    [Fact]
    public async Task Time_in_which_the_reader_takes_the_answer_does_not_count()
    {
        var context = AContext();
        var taken = new TaskCompletionSource();
        var rest = new TaskCompletionSource();
        var answer = AskAsync(context, async query =>
        {
            await query.AwaitReaderAsync(new ValueTask(taken.Task));
            await rest.Task;
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, query.Cancelled);
        });
        _time.Advance(TimeSpan.FromHours(1));
        taken.SetResult();
        rest.SetResult();
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(answer.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        await answer;
        AssertProblem(context, 422, "VMO2010", "limits.query_time");
    }

    [Theory]
    [InlineData(1001, 0, "limits.query_bytes_read")]
    [InlineData(0, 101, "limits.query_bytes_held")]
    public async Task A_query_that_reads_or_holds_too_much_ends_in_422_that_names_the_limit(int read, int held, string where)
    {
        var context = AContext();
        await AskAsync(context, query =>
        {
            query.Budget.Read(read);
            query.Budget.Hold(held);
            return Task.CompletedTask;
        });
        AssertProblem(context, 422, "VMO2010", where);
    }

    [Fact]
    public async Task A_query_too_many_is_told_to_come_back_and_the_place_is_free_again_afterwards()
    {
        var ends = new TaskCompletionSource();
        var running = Enumerable.Range(0, 2).Select(_ => AskAsync(AContext(), _ => ends.Task)).ToList();
        var context = AContext();
        await AskAsync(context, _ => throw new InvalidOperationException("ran"));
        AssertProblem(context, 429, "VMO2011", "limits.concurrent_queries");
        Assert.Equal("1", context.Response.Headers.RetryAfter);
        ends.SetResult();
        await Task.WhenAll(running);
        var ran = false;
        await AskAsync(AContext(), _ => Task.FromResult(ran = true));
        Assert.True(ran);
    }

    [Fact]
    public async Task A_request_that_nobody_waits_for_cancels_its_query()
    {
        using var gone = new CancellationTokenSource();
        var context = AContext();
        context.RequestAborted = gone.Token;
        var answer = AskAsync(context, query => Task.Delay(Timeout.InfiniteTimeSpan, _time, query.Cancelled));
        await gone.CancelAsync();
        await answer;
        Assert.Equal(0, context.Response.Body.Length);
    }

    public void Dispose()
    {
        _telemetry.Dispose();
        _meter.Dispose();
    }

    private static DefaultHttpContext AContext() => new() { Response = { Body = new MemoryStream() } };

    private Task AskAsync(HttpContext context, Func<RunningQuery, Task> answer) =>
        new ProblemGuard(asked => _queries.RunAsync(asked, "logs", answer), NullLogger<ProblemGuard>.Instance).InvokeAsync(context);

    private static void AssertProblem(HttpContext context, int status, string code, string where)
    {
        Assert.Equal((status, "application/problem+json"), (context.Response.StatusCode, context.Response.ContentType));
        context.Response.Body.Position = 0;
        using var problem = JsonDocument.Parse(context.Response.Body);
        Assert.Equal((code, where), (problem.RootElement.GetProperty("code").GetString(), problem.RootElement.GetProperty("where").GetString()));
    }
}
