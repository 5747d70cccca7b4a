namespace VmObs.Fuzz;

/// <summary>One reader under fuzzing.</summary>
/// <param name="name">"otlp_logs".</param>
/// <param name="seeds">Good inputs to begin with.</param>
internal abstract class FuzzTarget(string name, byte[][] seeds)
{
    public string Name => name;

    public IReadOnlyList<byte[]> Seeds => seeds;

    /// <summary>Reads an input.</summary>
    /// <exception cref="InvalidOperationException">The outcome is not one that a reader may have.</exception>
    public abstract void Run(ReadOnlyMemory<byte> input);
}
