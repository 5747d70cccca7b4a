using System.Text;
using System.Text.Json;
using VmObs.Signals.Logs;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Storage.Reading;

/// <summary>Random log records of two hours in a store, and what a plain reading of all documents says to a query.</summary>
internal sealed class LogWorld(EngineFolder engine, int seed)
{
    /// <summary>Long enough that a request's records fill several blocks.</summary>
    private const int MessageBytes = 2_000;

    private static readonly string[] s_services = ["guardian", "treasury", "portal", "a \"quoted\\service"];
    private static readonly string[] s_nodes = ["brick-01", "brick-02", "did:vm:node:portal-01"];
    private static readonly string[] s_words = ["anchor", "failed", "Anchor cycle", "receipt", "größe", "\"quoted\"", "a\\b", "line\nbreak", "TIMEOUT after", "retry"];

    private readonly Random _random = new(seed);

    public Random Random => _random;

    /// <summary>Takes some records of the hours, in no order of time; many share a time.</summary>
    public async Task AddAsync(int count, double fromSeconds = 0, double toSeconds = 5_000)
    {
        var groups = Enumerable.Range(0, count).Select(_ => new OtlpGroup<OtlpLog>(
            [new("service.name", Pick(s_services)), new("host.name", Pick(s_nodes))],
            [
                new OtlpLog
                {
                    Time = Samples.At(fromSeconds + _random.Next((int)(toSeconds - fromSeconds))),
                    Body = Message(),
                    SeverityNumber = 1 + (4 * _random.Next(6)),
                    Attributes = [new("user.id", $"user-{_random.Next(20)}"), new("note", Pick(s_words)), new("status", (long)_random.Next(200, 600))],
                    TraceId = TraceBytes(_random.Next(50)),
                },
            ]));
        Assert.True((await engine.LogsAsync([.. groups])).Accepted);
    }

    /// <summary>A query of random conditions.</summary>
    public LogQuery Query()
    {
        var from = _random.Next(2) == 0 ? 0 : (long)Samples.At(_random.Next(5_000));
        return new LogQuery(from, _random.Next(2) == 0 ? long.MaxValue : (long)Samples.At(_random.Next(5_000)))
        {
            Service = Maybe(() => Pick(s_services)),
            Node = Maybe(() => Pick(s_nodes)),
            MinLevel = (Level)_random.Next(Levels.Count),
            Text = Maybe(Text),
            Filter = Maybe(() => LogFilters.Parse(_random.Next(2) == 0 ? $"trace_id == '{Convert.ToHexStringLower(TraceBytes(_random.Next(60)))}'" : $"user.id == 'user-{_random.Next(25)}' AND status < 500")),
            NewestFirst = _random.Next(2) == 0,
            Limit = _random.Next(2) == 0 ? 1 + _random.Next(20) : 1_000_000,
        };
    }

    /// <summary>Documents, read by other means than the store's.</summary>
    public static List<ReadLog> Read(IEnumerable<string> documents) => [.. documents.Select(static text =>
    {
        var log = JsonElement.Parse(text);
        string Member(string name) => log.GetProperty(name).GetString()!;
        Assert.True(Levels.TryParse(Member("level"), out var level));
        return new ReadLog(
            (DateTimeOffset.Parse(Member("timestamp")) - DateTimeOffset.UnixEpoch).Ticks * 100, Encoding.UTF8.GetBytes(log.GetProperty("log_id").GetRawText()[1..^1]),
            level, Member("service"), Member("node"), Folded(Member("message")), log.GetProperty("attributes"), text);
    })];

    /// <summary>The answer that a look at every document gives.</summary>
    public static List<string> Naive(List<ReadLog> documents, LogQuery query)
    {
        var found = documents.FindAll(log =>
            log.UnixNanos >= query.FromUnixNanos && log.UnixNanos < query.ToUnixNanos && log.Level >= query.MinLevel
            && (query.Service is null || query.Service == log.Service)
            && (query.Node is null || "did:vm:node:" + query.Node.Replace("did:vm:node:", "", StringComparison.Ordinal) == log.Node)
            && (query.Text is null || log.FoldedMessage.Contains(Folded(query.Text), StringComparison.Ordinal) || Holds(log.Attributes, query.Text))
            && (query.Filter is null || query.Filter.Matches(Encoding.UTF8.GetBytes(log.Text))));
        found.Sort(static (a, b) => a.UnixNanos != b.UnixNanos ? a.UnixNanos.CompareTo(b.UnixNanos) : a.Id.AsSpan().SequenceCompareTo(b.Id));
        if (query.NewestFirst)
            found.Reverse();
        return [.. found.Take(query.Limit).Select(static log => log.Text)];
    }

    /// <summary>What the store answers.</summary>
    public async Task<List<string>> FindAsync(LogQuery query) => [.. (await engine.FindAsync(query)).Select(record => Encoding.UTF8.GetString(record.Json.Span))];

    private static bool Holds(JsonElement value, string text) => value.ValueKind switch
    {
        JsonValueKind.String => Folded(value.GetString()!).Contains(Folded(text), StringComparison.Ordinal),
        JsonValueKind.Number => value.GetRawText().Contains(text, StringComparison.Ordinal),
        JsonValueKind.Object => value.EnumerateObject().Any(member => Holds(member.Value, text)),
        JsonValueKind.Array => value.EnumerateArray().Any(element => Holds(element, text)),
        _ => false,
    };

    private static string Folded(string text) => string.Create(text.Length, text, static (folded, text) =>
    {
        for (var i = 0; i < folded.Length; i++)
            folded[i] = char.IsAsciiLetterUpper(text[i]) ? char.ToLowerInvariant(text[i]) : text[i];
    });

    private static byte[] TraceBytes(int number) => [.. Enumerable.Range(0, 16).Select(i => (byte)((number + 1) * (i + 37)))];

    private string Message()
    {
        var message = new StringBuilder();
        while (message.Length < MessageBytes)
            message.Append(_random.Next(8) == 0 ? Pick(s_words) : _random.NextInt64().ToString("x")).Append(' ');
        return message.ToString();
    }

    private string Text() => _random.Next(5) switch
    {
        0 => Pick(s_words),
        1 => $"{Pick(s_words)} {Pick(s_words)}",
        2 => _random.NextInt64().ToString("x"),
        3 => $"user-{_random.Next(25)}",
        _ => Pick(s_words).ToUpperInvariant().Replace("Ö", "ö", StringComparison.Ordinal),
    };

    private T? Maybe<T>(Func<T> make)
        where T : class => _random.Next(3) == 0 ? make() : null;

    private string Pick(string[] from) => from[_random.Next(from.Length)];
}

/// <summary>A log document as a test reads it.</summary>
internal sealed record ReadLog(long UnixNanos, byte[] Id, Level Level, string Service, string Node, string FoldedMessage, JsonElement Attributes, string Text);
