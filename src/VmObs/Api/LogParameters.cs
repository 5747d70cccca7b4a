using VmObs.Signals;
using VmObs.Signals.Logs;
using VmObs.Signals.Ports;

namespace VmObs.Api;

/// <summary>Reads what is asked of log records; the same for their list, their number and their tail.</summary>
internal static class LogParameters
{
    private const long DefaultLastNanos = HourId.LengthNanos;
    private const int DefaultLimit = 100, MaxLimit = 100_000;

    /// <summary>The conditions on a record.</summary>
    public static readonly string[] Conditions = ["service", "node", "level", "text", "filter"];

    /// <summary>Conditions and a range of time.</summary>
    public static LogQuery ReadRange(QueryParameters parameters, long nowUnixNanos)
    {
        var range = parameters.Range(nowUnixNanos, DefaultLastNanos);
        return ReadConditions(parameters) with { FromUnixNanos = range.FromUnixNanos, ToUnixNanos = range.ToUnixNanos };
    }

    /// <summary>Conditions, a range of time, and which of the records in it.</summary>
    public static LogQuery ReadPage(QueryParameters parameters, long nowUnixNanos) => ReadRange(parameters, nowUnixNanos) with
    {
        Limit = parameters.Integer("limit", DefaultLimit, 1, MaxLimit),
        NewestFirst = parameters.Choice("order", "newest", "oldest") != "oldest",
        After = ReadPosition(parameters, "cursor", parameters.Text("cursor")),
    };

    /// <summary>Conditions on records of any time.</summary>
    public static LogQuery ReadConditions(QueryParameters parameters)
    {
        var level = parameters.Choice("level", "trace", "debug", "info", "warn", "error", "fatal");
        return new LogQuery(long.MinValue, long.MaxValue)
        {
            Service = parameters.Text("service"),
            Node = parameters.Text("node") is { } node ? NodeName.ToShort(node) : null,
            MinLevel = Levels.TryParse(level, out var min) ? min : Level.Trace,
            Text = parameters.Text("text"),
            Filter = parameters.Filter("filter"),
        };
    }

    /// <summary>A place as a cursor writes it; null where none is given.</summary>
    /// <param name="parameters">Told when it is none.</param>
    /// <param name="name">What holds it.</param>
    /// <param name="cursor">The cursor.</param>
    public static LogPosition? ReadPosition(QueryParameters parameters, string name, string? cursor)
    {
        if (cursor is null)
            return null;
        var position = LogPosition.TryParse(cursor);
        if (position is null)
            parameters.Fail(name, cursor, "a cursor that an answer to the same question gave");
        return position;
    }
}
