using VmObs.Receipts;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Verify;

namespace VmObs.Verification;

/// <summary>Says which derived files are not what the engine wrote. They change no answer, so these are no findings: what counts is sealed.</summary>
/// <param name="dataFolder">Absolute path.</param>
/// <param name="secret">What derived files are tagged with; null for who has it not: then tiles alone are compared.</param>
internal sealed class DerivedFileVerifier(string dataFolder, byte[]? secret) : IDisposable
{
    /// <summary>Gets the hashes of the tree whose root each line carries.</summary>
    public TileComparison Blake3 { get; } = new(dataFolder, "blake3");

    /// <summary>Gets the hashes of the tree that log tools read.</summary>
    public TileComparison Sha256 { get; } = new(dataFolder, "sha256");

    /// <summary>Whether tags can be checked.</summary>
    public bool HasSecret => secret is not null;

    /// <summary>Checks, once all lines were added.</summary>
    /// <param name="logFiles">Sealed log files, relative to the data folder.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public IReadOnlyList<string> Run(IReadOnlyList<string> logFiles, CancellationToken cancellationToken)
    {
        List<string> changed = [.. Blake3.Findings(), .. Sha256.Findings()];
        if (secret is null)
            return changed;
        var index = Path.Combine(dataFolder, ScrollTables.Folder, ScrollTables.IndexFile);
        if (ReceiptIndex.FirstChangedPage(DiskFolder.Posix, index, DerivedFileKey.For("receipt index", secret)) is { } page)
            changed.Add($"{ScrollTables.Folder}/{ScrollTables.IndexFile}: at byte {page}: found a page that is not as it was written");
        var grams = DerivedFileKey.For("grams", secret);
        var found = new string?[logFiles.Count];
        var options = new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, logFiles.Count, options, i => found[i] = GramFileCheck.Run(dataFolder, logFiles[i], grams));
        changed.AddRange(found.OfType<string>());
        return changed;
    }

    public void Dispose()
    {
        Blake3.Dispose();
        Sha256.Dispose();
    }
}
