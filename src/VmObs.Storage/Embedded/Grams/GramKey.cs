using System.Text;
using VmObs.Ledger.Hashing;

namespace VmObs.Storage.Embedded.Grams;

/// <summary>What gram files are tagged with: nobody who changes one without it makes a group that counts. Each log file has a key of its own under it.</summary>
internal sealed class GramKey(ReadOnlySpan<byte> secret)
{
    private readonly Blake3Mode _mode = Blake3Mode.Keyed(secret);

    /// <summary>The key of one log file's grams, so that those of another do not pass for its own.</summary>
    /// <param name="logPath">The log file, wherever the data folder lies: its day and its name count.</param>
    public Blake3Mode Of(string logPath)
    {
        var name = $"{Path.GetFileName(Path.GetDirectoryName(logPath))}/{Path.GetFileName(logPath)}";
        return Blake3Mode.Keyed(Blake3.Hash(Encoding.UTF8.GetBytes(name), _mode).Span);
    }
}
