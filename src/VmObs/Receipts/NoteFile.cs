using VmObs.Ledger.Checkpoints;

namespace VmObs.Receipts;

/// <summary>Reads ROOT and HEAD, which are small, whatever lies under their names.</summary>
internal static class NoteFile
{
    /// <summary>The file's bytes, at most one more than a note may have; null when it is not there.</summary>
    public static byte[]? Read(string path)
    {
        if (!File.Exists(path))
            return null;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);
        var bytes = new byte[(int)Math.Min(file.Length, SignedNote.MaxBytes + 1)];
        file.ReadExactly(bytes);
        return bytes;
    }
}
