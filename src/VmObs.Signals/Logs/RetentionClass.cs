namespace VmObs.Signals.Logs;

/// <summary>Log records that expire together share blocks. The numbers are part of the log file's block table.</summary>
public enum RetentionClass : byte
{
    /// <summary>Level trace: the shortest lived.</summary>
    Trace = 0,

    /// <summary>Levels debug, info and warn.</summary>
    Standard = 1,

    /// <summary>Levels error and fatal: the longest lived.</summary>
    Error = 2,
}
