namespace VmObs.Signals.Ports;

/// <summary>Tells of log records as they are stored.</summary>
public interface ILogFeed
{
    /// <summary>How many may listen at once.</summary>
    int MaxListeners { get; }

    /// <summary>Begins to listen: each record that is stored from when this returns on and answers the query comes once, in the order of arrival.</summary>
    /// <param name="query">The conditions; order, limit and position mean nothing here.</param>
    /// <returns>What is heard; whoever listens disposes it. Null when as many listen already as may.</returns>
    LogListener? Listen(LogQuery query);
}
