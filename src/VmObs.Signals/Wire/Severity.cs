using System.Text;
using VmObs.Signals.Logs;

namespace VmObs.Signals.Wire;

/// <summary>What senders call severities, as levels.</summary>
internal static class Severity
{
    private static readonly (byte[] Name, Level Level)[] Names =
    [
        .. Named(Level.Trace, "trace", "trc", "verbose", "finest", "finer"),
        .. Named(Level.Debug, "debug", "dbg", "fine", "config"),
        .. Named(Level.Info, "info", "inf", "information", "informational", "notice"),
        .. Named(Level.Warn, "warn", "wrn", "warning"),
        .. Named(Level.Error, "error", "err", "eror", "severe"),
        .. Named(Level.Fatal, "fatal", "ftl", "critical", "crit", "alert", "emerg", "emergency", "panic", "dpanic"),
    ];

    /// <summary>The level of an OTLP record: by its number (1–24), else by its text, else info.</summary>
    public static Level Of(int number, ReadOnlySpan<byte> text)
    {
        if (number is >= 1 and <= 24)
            return (Level)((number - 1) / 4);
        return TryParse(text, out var level) ? level : Level.Info;
    }

    /// <summary>Reads a level's name or a customary other name for it, in any case and with OTLP's step ("INFO2"); false for any other text.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out Level level)
    {
        if (text.Length > 1 && text[^1] is >= (byte)'1' and <= (byte)'4')
            text = text[..^1];
        foreach (var (name, named) in Names)
        {
            if (Ascii.EqualsIgnoreCase(text, name))
            {
                level = named;
                return true;
            }
        }
        level = Level.Info;
        return false;
    }

    private static IEnumerable<(byte[] Name, Level Level)> Named(Level level, params string[] names) =>
        names.Select(name => (Encoding.ASCII.GetBytes(name), level));
}
