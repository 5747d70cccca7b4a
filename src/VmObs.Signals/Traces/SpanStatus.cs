namespace VmObs.Signals.Traces;

/// <summary>A span's outcome as OpenTelemetry has it. The numbers are those of OTLP and of the hour file.</summary>
public enum SpanStatus : byte
{
    /// <summary>Not said; counts as ok.</summary>
    Unset = 0,

    /// <summary>Said to be good.</summary>
    Ok = 1,

    /// <summary>Failed.</summary>
    Error = 2,
}

/// <summary>A span's role as OpenTelemetry has it. The numbers are those of OTLP and of the hour file.</summary>
public enum SpanKind : byte
{
    /// <summary>Not said.</summary>
    Unspecified = 0,

    /// <summary>Work inside one service.</summary>
    Internal = 1,

    /// <summary>Answers a request.</summary>
    Server = 2,

    /// <summary>Makes a request.</summary>
    Client = 3,

    /// <summary>Puts a message.</summary>
    Producer = 4,

    /// <summary>Takes a message.</summary>
    Consumer = 5,
}
