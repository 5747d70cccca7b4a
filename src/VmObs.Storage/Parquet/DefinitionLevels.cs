using VmObs.Signals;

namespace VmObs.Storage.Parquet;

/// <summary>Which rows of a page have a value: u32 length, then runs of ones and zeros, one bit each.</summary>
/// <remarks>Not thread-safe. Stands at the beginning of a page of an optional column.</remarks>
internal sealed class DefinitionLevels(PooledBuffer destination)
{
    private readonly RleBitPackedEncoder _encoder = new(destination);
    private int _start;

    /// <summary>Begins a page.</summary>
    public void Begin()
    {
        _start = destination.Length;
        destination.Write(stackalloc byte[sizeof(int)]);
        _encoder.Begin(1);
    }

    /// <summary>Adds rows with or without a value.</summary>
    public void Add(bool present, int rows) => _encoder.Add(present ? 1 : 0, rows);

    /// <summary>Ends the levels; the values follow.</summary>
    public void End()
    {
        _encoder.End();
        destination.PatchInt32(_start, destination.Length - _start - sizeof(int));
    }
}
