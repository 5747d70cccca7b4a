using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using VmObs.Signals.Ports;

namespace VmObs.Http;

/// <summary>Sees to it that every request gets an answer that says what is wrong, and that a broken-off answer is seen to be one.</summary>
internal sealed class ProblemGuard(RequestDelegate next, ILogger<ProblemGuard> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.CacheControl = "no-store";
        try
        {
            await next(context);
            await ExplainAsync(context);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for the answer.
        }
        catch (BadHttpRequestException)
        {
            // The server itself answers what is not HTTP.
            throw;
        }
        catch (QueryLimitException error)
        {
            logger.LogInformation("{Path} ended at a limit: {Message}", context.Request.Path, error.Message);
            await AnswerAsync(context, Problem.QueryLimit(error));
        }
        catch (IOException error)
        {
            logger.LogError(error, "{Path} failed: {Message}", context.Request.Path, error.Message);
            await AnswerAsync(context, Problem.Storage(error));
        }
        catch (Exception error)
        {
            logger.LogError(error, "BUG: {Path} failed: {Message}", context.Request.Path, error.Message);
            await AnswerAsync(context, Problem.Bug);
        }
    }

    private static Task AnswerAsync(HttpContext context, Problem problem)
    {
        if (context.Response.HasStarted)
        {
            // The status is gone; without an end the receiver sees that lines are missing.
            context.Abort();
            return Task.CompletedTask;
        }
        context.Response.Clear();
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.CacheControl = "no-store";
        return problem.WriteAsync(context);
    }

    private static Task ExplainAsync(HttpContext context)
    {
        if (context.Response.HasStarted || context.Response.ContentLength is not null)
            return Task.CompletedTask;
        var path = context.Request.Path.ToString();
        return context.Response.StatusCode switch
        {
            StatusCodes.Status404NotFound => Problem.NotFound("no such path", "path", path, "one of those that docs/api.md names").WriteAsync(context),
            StatusCodes.Status405MethodNotAllowed => (Problem.NotFound("not this method", "method", context.Request.Method, $"{context.Response.Headers.Allow}") with
            {
                Status = StatusCodes.Status405MethodNotAllowed,
            }).WriteAsync(context),
            _ => Task.CompletedTask,
        };
    }
}
