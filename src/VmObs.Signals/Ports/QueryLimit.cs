namespace VmObs.Signals.Ports;

/// <summary>What of a query is limited.</summary>
public enum QueryLimit
{
    /// <summary>Milliseconds from the request to the whole answer.</summary>
    Time,

    /// <summary>Bytes read of stored files.</summary>
    BytesRead,

    /// <summary>Bytes held in memory.</summary>
    BytesHeld,
}
