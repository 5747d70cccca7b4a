namespace VmObs.Storage;

/// <summary>A stored file is not what was written: names the path, the offset, what was found and what was wanted.</summary>
public sealed class DamagedFileException(string path, long offset, string found, string expected)
    : IOException($"{path}: damaged at byte {offset}: found {found}, expected {expected}")
{
    /// <summary>The damaged file.</summary>
    public string Path { get; } = path;

    /// <summary>Where, in bytes from the file's start.</summary>
    public long Offset { get; } = offset;

    /// <summary>What was found there.</summary>
    public string Found { get; } = found;

    /// <summary>What should have been there.</summary>
    public string Expected { get; } = expected;
}
