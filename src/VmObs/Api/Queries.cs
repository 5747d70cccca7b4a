using Microsoft.AspNetCore.Http;
using VmObs.Http;
using VmObs.Signals.Ports;

namespace VmObs.Api;

/// <summary>Runs queries within their limits: how many at once, and what each may cost.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class Queries(QueryLimits limits, QueryTelemetry telemetry, TimeProvider time)
{
    private const string RetryAfterSeconds = "1";

    private int _running;

    /// <summary>Answers a request; a query for which there is no place is told to come back.</summary>
    /// <param name="context">The request.</param>
    /// <param name="kind">What is asked: "logs".</param>
    /// <param name="answer">Answers it, with the query's budget and cancellation.</param>
    /// <exception cref="QueryLimitException">The query costs more than it may.</exception>
    public async Task RunAsync(HttpContext context, string kind, Func<RunningQuery, Task> answer)
    {
        if (Interlocked.Increment(ref _running) > limits.Concurrent)
        {
            Interlocked.Decrement(ref _running);
            context.Response.Headers.RetryAfter = RetryAfterSeconds;
            await Problem.TooManyQueries(limits.Concurrent).WriteAsync(context);
            return;
        }
        try
        {
            await MeasureAsync(context, kind, limits, answer);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    /// <summary>Answers a request for something to be done, for which there is always a place and no limit.</summary>
    /// <param name="context">The request.</param>
    /// <param name="kind">What is done: "seal".</param>
    /// <param name="answer">Does it and answers.</param>
    public Task OperateAsync(HttpContext context, string kind, Func<RunningQuery, Task> answer) => MeasureAsync(context, kind, QueryLimits.None, answer);

    private async Task MeasureAsync(HttpContext context, string kind, QueryLimits allowed, Func<RunningQuery, Task> answer)
    {
        using var measured = telemetry.Begin(kind);
        using var query = new RunningQuery(allowed, time, context.RequestAborted);
        try
        {
            await answer(query);
        }
        catch (OperationCanceledException) when (query.IsOutOfTime && !context.RequestAborted.IsCancellationRequested)
        {
            throw new QueryLimitException(QueryLimit.Time, (long)allowed.Time.TotalMilliseconds);
        }
        finally
        {
            (measured.Results, measured.BytesRead) = (query.Results, query.Budget.BytesRead);
        }
    }
}
