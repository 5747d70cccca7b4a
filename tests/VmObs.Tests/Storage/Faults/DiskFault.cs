namespace VmObs.Tests.Storage.Faults;

/// <summary>One operation that fails.</summary>
/// <param name="At">The how-manieth, from 1.</param>
/// <param name="IsPersisted">Whether it reaches the disk all the same.</param>
/// <param name="EndsProcess">Whether the process ends with it, instead of being told.</param>
internal sealed record DiskFault(int At, bool IsPersisted, bool EndsProcess)
{
    public static DiskFault None { get; } = new(0, true, false);

    public override string ToString() => $"operation {At} {(IsPersisted ? "persisted" : "not persisted")}, {(EndsProcess ? "the process ended" : "the process was told")}";
}
