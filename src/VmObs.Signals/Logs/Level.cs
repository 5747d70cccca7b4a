namespace VmObs.Signals.Logs;

/// <summary>SPEC 2.2's log levels, in rising order. The numbers are part of the log file's block table.</summary>
public enum Level : byte
{
    /// <summary>Verbose debugging, not kept long.</summary>
    Trace = 0,

    /// <summary>Debugging.</summary>
    Debug = 1,

    /// <summary>Normal operation; also what an unspecified severity means.</summary>
    Info = 2,

    /// <summary>Unexpected but handled.</summary>
    Warn = 3,

    /// <summary>Wants attention.</summary>
    Error = 4,

    /// <summary>A system failure.</summary>
    Fatal = 5,
}

/// <summary>The levels' names and classes.</summary>
public static class Levels
{
    /// <summary>How many levels there are.</summary>
    public const int Count = 6;

    /// <summary>The SPEC's name: "warn".</summary>
    public static string Name(this Level level) => level switch
    {
        Level.Trace => "trace",
        Level.Debug => "debug",
        Level.Info => "info",
        Level.Warn => "warn",
        Level.Error => "error",
        Level.Fatal => "fatal",
        _ => throw new ArgumentOutOfRangeException(nameof(level), level, "BUG: a level without a name"),
    };

    /// <summary>The SPEC's name in UTF-8.</summary>
    public static ReadOnlySpan<byte> Utf8Name(this Level level) => level switch
    {
        Level.Trace => "trace"u8,
        Level.Debug => "debug"u8,
        Level.Info => "info"u8,
        Level.Warn => "warn"u8,
        Level.Error => "error"u8,
        Level.Fatal => "fatal"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(level), level, "BUG: a level without a name"),
    };

    /// <summary>Reads a SPEC name, in any case; false for any other text.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Level level)
    {
        for (level = Level.Trace; level <= Level.Fatal; level++)
        {
            if (text.Equals(level.Name(), StringComparison.OrdinalIgnoreCase))
                return true;
        }
        level = Level.Info;
        return false;
    }

    /// <summary>Reads a SPEC name as our own writer spells it; false for any other text.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out Level level)
    {
        for (level = Level.Trace; level <= Level.Fatal; level++)
        {
            if (text.SequenceEqual(level.Utf8Name()))
                return true;
        }
        level = Level.Info;
        return false;
    }

    /// <summary>How long records of this level are kept together: trace · debug to warn · error and above.</summary>
    public static RetentionClass Retention(this Level level) => level switch
    {
        Level.Trace => RetentionClass.Trace,
        <= Level.Warn => RetentionClass.Standard,
        _ => RetentionClass.Error,
    };
}
