namespace VmObs.Cli.Output;

/// <summary>How a cell is painted on a terminal that has colours.</summary>
internal enum CellStyle
{
    Plain,
    Bold,
    Dim,
    Red,
    Green,
    Yellow,
    Blue,
    Magenta,
    Cyan,
    Alarm,
}

/// <summary>Which style means what, so that it means the same in every command.</summary>
internal static class CellStyles
{
    /// <summary>A level of logs.</summary>
    public static CellStyle OfLevel(string level) => level switch
    {
        "fatal" => CellStyle.Alarm,
        "error" => CellStyle.Red,
        "warn" => CellStyle.Yellow,
        "trace" or "debug" => CellStyle.Dim,
        _ => CellStyle.Plain,
    };

    /// <summary>A state or outcome: "ok", "firing", "down".</summary>
    public static CellStyle OfStatus(string status) => status switch
    {
        "error" or "firing" or "down" or "missed" or "failing" => CellStyle.Red,
        "pending" or "at_risk" or "degraded" or "warning" => CellStyle.Yellow,
        "ok" or "up" or "met" or "healthy" or "resolved" => CellStyle.Green,
        "unset" or "unknown" or "dropped" => CellStyle.Dim,
        _ => CellStyle.Plain,
    };
}
