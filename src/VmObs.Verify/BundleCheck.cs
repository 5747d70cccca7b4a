using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Proofs;

namespace VmObs.Verify;

/// <summary>Checks a bundle.</summary>
internal static class BundleCheck
{
    /// <summary>Writes what is proven and what not, or why nothing is.</summary>
    /// <returns>Whether it verified.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static bool Run(string path, NoteKey key, TextWriter output)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);
        // At most one byte more than a bundle may have, whatever lies there.
        var bytes = new byte[(int)Math.Min(file.Length, ProofBundle.MaxBytes + 1)];
        file.ReadExactly(bytes);
        var verdict = BundleVerifier.Verify(bytes, key);
        foreach (var statement in verdict.Proven)
            output.WriteLine($"proven: {statement}");
        foreach (var statement in verdict.NotProven)
            output.WriteLine($"not proven: {statement}");
        output.WriteLine(verdict.Fault is { } fault ? $"{path}: proves nothing: {fault}" : $"{path}: verified, if {key.Name}+{key.Id:x8} is the log's key");
        return verdict.Fault is null;
    }
}
