using VmObs.Ledger.Hashing;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Grams;

/// <summary>The gram file beside a log file that is being written: gets a group for each flush. Format: docs/format/grams.md.</summary>
/// <remarks>Not thread-safe. Derived and never synced: what a crash or a disk that refuses leaves out is read from the log file instead.</remarks>
internal sealed class GramFile(DiskFolder disk, string logPath, GramKey keys) : IDisposable
{
    /// <summary>What follows the sealed log file's name, also while the hour is open.</summary>
    public const string Suffix = ".grams";

    private readonly Blake3Mode _key = keys.Of(logPath);
    private DiskFile? _file;
    private long _end;
    private bool _isGivenUp;

    /// <summary>Goes on behind the groups of blocks that are in the log file.</summary>
    public static GramFile Resume(DiskFolder disk, string logPath, GramKey keys, IReadOnlyList<LogBlock> blocks)
    {
        var grams = new GramFile(disk, logPath, keys);
        grams.Try(() =>
        {
            if (!File.Exists(logPath + Suffix))
                return;
            grams._file = disk.Open(logPath + Suffix, create: false);
            grams._end = GramIndex.Empty.Extend(grams._file, blocks, grams._key).End;
            grams._file.SetLength(grams._end);
        });
        return grams;
    }

    /// <summary>Appends groups.</summary>
    /// <param name="groups">Their bits, in the order of the blocks.</param>
    /// <param name="blocks">The log file's blocks.</param>
    /// <param name="first">The first group's first block.</param>
    public void Append(IReadOnlyList<GramMatrix> groups, IReadOnlyList<LogBlock> blocks, int first)
    {
        if (groups.Count > 0)
            Try(() => Write(groups, blocks, first));
    }

    /// <summary>Writes groups.</summary>
    /// <param name="file">The gram file.</param>
    /// <param name="end">Where the first one goes; moves on.</param>
    /// <param name="groups">Their bits, in the order of the blocks.</param>
    /// <param name="blocks">The log file's blocks.</param>
    /// <param name="first">The first group's first block; moves on.</param>
    /// <param name="key">The log file's.</param>
    public static void Write(DiskFile file, ref long end, IReadOnlyList<GramMatrix> groups, IReadOnlyList<LogBlock> blocks, ref int first, Blake3Mode key)
    {
        Span<byte> head = stackalloc byte[GramGroup.HeadBytes];
        foreach (var matrix in groups)
        {
            var group = GramGroup.Of(blocks, first, matrix, key);
            group.Write(head, key);
            matrix.Tag(group.PageKey(key));
            // The head last: a group that has one is there.
            file.Write(matrix.Pages, end + head.Length);
            file.Write(head, end);
            end += head.Length + group.PagesLength;
            first += matrix.Blocks;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
    }

    private void Write(IReadOnlyList<GramMatrix> groups, IReadOnlyList<LogBlock> blocks, int first)
    {
        if (_file is null)
        {
            disk.Delete(logPath + Suffix);
            _file = disk.Open(logPath + Suffix, create: true);
        }
        Write(_file, ref _end, groups, blocks, ref first, _key);
    }

    private void Try(Action write)
    {
        if (_isGivenUp)
            return;
        try
        {
            write();
        }
        catch (IOException)
        {
            // Whoever looks for text reads these blocks; once the hour is sealed its gram file is made again.
            _isGivenUp = true;
            Dispose();
        }
    }
}
