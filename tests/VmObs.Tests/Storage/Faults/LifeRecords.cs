namespace VmObs.Tests.Storage.Faults;

/// <summary>What senders sent and what they were told, with how far the disk was at that moment. Thread-safe.</summary>
internal sealed class LifeRecords
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (int SentAt, int AcknowledgedAt)> _requests = new(StringComparer.Ordinal);

    /// <summary>Notes a request before it is sent.</summary>
    public void Sent(string name, int operations)
    {
        lock (_lock)
            _requests.Add(name, (operations, int.MaxValue));
    }

    /// <summary>Notes that it was acknowledged.</summary>
    public void Acknowledged(string name, int operations)
    {
        lock (_lock)
            _requests[name] = _requests[name] with { AcknowledgedAt = operations };
    }

    /// <summary>Requests acknowledged by the time of an operation.</summary>
    public HashSet<string> AcknowledgedBy(int operation)
    {
        lock (_lock)
            return [.. _requests.Where(request => request.Value.AcknowledgedAt <= operation).Select(request => request.Key)];
    }

    /// <summary>Requests sent by the time of an operation.</summary>
    public HashSet<string> SentBy(int operation)
    {
        lock (_lock)
            return [.. _requests.Where(request => request.Value.SentAt <= operation).Select(request => request.Key)];
    }
}
