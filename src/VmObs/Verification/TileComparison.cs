using System.Globalization;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Merkle;
using VmObs.Receipts;

namespace VmObs.Verification;

/// <summary>Holds the stored tiles of one tree against the hashes that the lines come to. What is not stored is no finding: it is made again.</summary>
internal sealed class TileComparison(string dataFolder, string tree) : IMerkleTileSink, IDisposable
{
    private readonly List<FileStream?> _levels = [];
    private readonly List<long> _next = [];
    private readonly List<(int Level, long At, Digest Expected)> _changed = [];

    /// <summary>What is not as it should be: the first place of each level.</summary>
    /// <remarks>Read once more: an engine may have been writing.</remarks>
    public IEnumerable<string> Findings() => _changed.Where(Differs).Select(changed =>
        $"{NameOf(changed.Level)}: at byte {changed.At}: found another hash than that of the lines, expected {changed.Expected}");

    /// <inheritdoc/>
    public void Add(int level, in Digest hash)
    {
        while (_levels.Count <= level)
        {
            _levels.Add(Open(_levels.Count));
            _next.Add(0);
        }
        Span<byte> found = stackalloc byte[Digest.Bytes];
        if (_levels[level] is not { } file)
            return;
        if (file.ReadAtLeast(found, found.Length, throwOnEndOfStream: false) < found.Length)
        {
            Close(level);
            return;
        }
        if (!found.SequenceEqual(hash.Span))
        {
            _changed.Add((level, _next[level], hash));
            Close(level);
        }
        _next[level] += Digest.Bytes;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        for (var level = 0; level < _levels.Count; level++)
            Close(level);
    }

    private string NameOf(int level) => $"{ScrollTables.Folder}/{tree}/{level.ToString(CultureInfo.InvariantCulture)}";

    private FileStream? Open(int level)
    {
        var path = Path.Combine(dataFolder, NameOf(level));
        return File.Exists(path) ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 64 * 1024) : null;
    }

    private void Close(int level)
    {
        _levels[level]?.Dispose();
        _levels[level] = null;
    }

    private bool Differs((int Level, long At, Digest Expected) changed)
    {
        using var file = Open(changed.Level);
        Span<byte> found = stackalloc byte[Digest.Bytes];
        if (file is null)
            return false;
        file.Position = changed.At;
        return file.ReadAtLeast(found, found.Length, throwOnEndOfStream: false) == found.Length && !found.SequenceEqual(changed.Expected.Span);
    }
}
