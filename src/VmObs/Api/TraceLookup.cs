using System.Text;
using VmObs.Http;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;

namespace VmObs.Api;

/// <summary>Finds the trace that a text names: by its id, the text under which a SPEC document was sent, or the first digits of its id.</summary>
internal sealed class TraceLookup(ITraceSource traces, RunningQuery running)
{
    private const int MaxMatches = 10;

    private const string Wanted = "a trace id: 32 hexadecimal digits, the first of them, or the text under which a SPEC document was sent";

    /// <summary>The trace's spans, or why there are none.</summary>
    public async ValueTask<(IReadOnlyList<ReadOnlyMemory<byte>> Spans, Problem? Problem)> FindAsync(string text)
    {
        var name = Encoding.UTF8.GetBytes(text);
        if (name.Length > SpanIds.MaxBytes)
            return ([], Problem.BadParameter("id", text, Wanted));
        var id = SpanIds.TraceOf(name);
        var spans = await ReadAsync(id);
        if (spans.Count > 0)
            return (spans, null);
        var digits = text.StartsWith("trace-", StringComparison.Ordinal) ? text["trace-".Length..] : text;
        if (TraceId.TryParse(digits, out _))
            return ([], Problem.NotFound("no such trace", "id", text, "a trace that was received, kept and has not expired"));
        return digits.Length is > 0 and < 2 * TraceId.Bytes && digits.All(char.IsAsciiHexDigit)
            ? await FindByPrefixAsync(text, digits.ToLowerInvariant())
            : ([], NoTrace(text));
    }

    private async ValueTask<(IReadOnlyList<ReadOnlyMemory<byte>> Spans, Problem? Problem)> FindByPrefixAsync(string text, string digits)
    {
        var matches = await traces.FindIdsAsync(digits, MaxMatches + 1, running.Budget, running.Cancelled);
        if (matches.Count == 1)
            return (await ReadAsync(matches[0]), null);
        if (matches.Count == 0)
            return ([], NoTrace(text));
        var count = matches.Count > MaxMatches ? $"more than {MaxMatches} traces begin with these, the first are" : $"{matches.Count} traces begin with these";
        return ([], Problem.BadParameter("id", text, $"more digits; {count}") with { Choices = [.. matches.Take(MaxMatches).Select(static id => id.ToString())] });
    }

    private static Problem NoTrace(string text) => Problem.NotFound("no such trace", "id", text, $"{Wanted}, of a trace that was received, kept and has not expired");

    private ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> ReadAsync(TraceId id) => traces.GetAsync(id, running.Budget, running.Cancelled);
}
