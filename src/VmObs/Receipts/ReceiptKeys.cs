using System.Text.Json;

namespace VmObs.Receipts;

/// <summary>Which idempotency keys have a receipt. Those of traces are found by the journal record that decided the trace, and are not held.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="index">Of the scroll.</param>
/// <param name="read">A line by its seq.</param>
internal sealed class ReceiptKeys(ReceiptIndex index, Func<long, byte[]> read)
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _others = new(StringComparer.Ordinal);
    // Of traces whose receipts are on their way.
    private readonly HashSet<string> _staged = new(StringComparer.Ordinal);
    // Of traces that one decision decided and that have a receipt: a decision that is made again asks of each of its traces.
    private (long Decision, HashSet<string> Keys) _decided = (-1, []);

    /// <summary>Notes a receipt that there is, which is of no trace.</summary>
    public void Note(string key)
    {
        lock (_lock)
            _others.Add(key);
    }

    /// <summary>Whether a key that is of no trace has a receipt, or one on its way.</summary>
    public bool Contains(string key)
    {
        lock (_lock)
            return _others.Contains(key);
    }

    /// <summary>Whether a trace's key has a receipt, or one on its way.</summary>
    /// <param name="key">The key.</param>
    /// <param name="decision">The journal record that decided the trace.</param>
    public bool Contains(string key, long decision)
    {
        lock (_lock)
            return _staged.Contains(key) || IsWritten(key, decision);
    }

    /// <summary>Takes a key for a receipt that is to be written.</summary>
    /// <param name="key">The key.</param>
    /// <param name="decision">The journal record that decided the trace it is of; null for others.</param>
    /// <returns>Whether it has none yet.</returns>
    public bool TryAdd(string key, long? decision)
    {
        lock (_lock)
        {
            if (decision is null)
                return _others.Add(key);
            return !IsWritten(key, decision.Value) && _staged.Add(key);
        }
    }

    /// <summary>Gives a key back whose receipt was not written.</summary>
    public void Remove(string key, long? decision)
    {
        lock (_lock)
            (decision is null ? _others : _staged).Remove(key);
    }

    /// <summary>What was taken is written, and in the index.</summary>
    public void Settle()
    {
        lock (_lock)
        {
            _staged.Clear();
            _decided = (-1, []);
        }
    }

    private bool IsWritten(string key, long decision)
    {
        if (decision > index.LastDecision)
            return false;
        if (_decided.Decision != decision)
            _decided = (decision, index.OfDecision(decision).Select(seq => KeyOf(read(seq))).OfType<string>().ToHashSet(StringComparer.Ordinal));
        return _decided.Keys.Contains(key);
    }

    private static string? KeyOf(byte[] line)
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.TryGetProperty("idempotency_key", out var key) ? key.GetString() : null;
    }
}
