namespace VmObs.Signals.Wire;

/// <summary>The first thing wrong with a body. Shared by a reader and its sub-readers; once set it stays.</summary>
internal struct WireFault
{
    /// <summary>Byte in the body, 0-based.</summary>
    public long Offset { get; private set; }

    /// <summary>What should have stood there; null while nothing is wrong.</summary>
    public string? Expected { get; private set; }

    /// <summary>What stood there.</summary>
    public string? Found { get; private set; }

    public readonly bool IsSet => Expected is not null;

    public void Set(long offset, string expected, string found)
    {
        if (IsSet)
            return;
        (Offset, Expected, Found) = (offset, expected, found);
    }
}
