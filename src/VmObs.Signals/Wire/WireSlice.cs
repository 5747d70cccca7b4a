namespace VmObs.Signals.Wire;

/// <summary>A part of a body by absolute position, for what must outlive a span.</summary>
/// <param name="Offset">First byte in the body, 0-based.</param>
/// <param name="Length">Bytes.</param>
internal readonly record struct WireSlice(int Offset, int Length)
{
    public bool IsEmpty => Length == 0;
}
