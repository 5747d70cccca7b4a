using VmObs.Ledger.Hashing;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Grams;

/// <summary>Which blocks of a log file a gram file knows, and where. Immutable: goes on with what was appended by making another.</summary>
/// <remarks>Derived: whatever of the file is missing, torn, changed or of another log file is as if it were not there, and its blocks are read.</remarks>
internal sealed class GramIndex
{
    /// <summary>Knows nothing.</summary>
    public static readonly GramIndex Empty = new([], 0, 0);

    private readonly IReadOnlyList<Entry> _groups;
    private readonly int _nextBlock;

    private GramIndex(IReadOnlyList<Entry> groups, long end, int nextBlock) => (_groups, End, _nextBlock) = (groups, end, nextBlock);

    /// <summary>Where the next group would stand in the gram file.</summary>
    public long End { get; }

    /// <summary>Blocks that it knows.</summary>
    public int Covered => _groups.Sum(group => group.Group.Blocks);

    /// <summary>Reads the heads behind those that are known.</summary>
    /// <param name="file">The gram file.</param>
    /// <param name="blocks">The log file's blocks; those that were there before, and maybe more.</param>
    /// <param name="key">The log file's.</param>
    public GramIndex Extend(DiskFile file, IReadOnlyList<LogBlock> blocks, Blake3Mode key)
    {
        var groups = new List<Entry>(_groups);
        var (end, next) = (End, _nextBlock);
        Span<byte> head = stackalloc byte[GramGroup.HeadBytes];
        while (file.Read(head, end) == head.Length && GramGroup.TryRead(head, key) is { } group && end + head.Length + group.PagesLength <= file.Length)
        {
            // Flushes of few blocks have no group.
            while (next < blocks.Count && blocks[next].Offset < group.FirstOffset)
                next++;
            if (!group.IsOf(blocks, next, key))
                break;
            groups.Add(new Entry(group, next, end + head.Length, group.PageKey(key)));
            end += head.Length + group.PagesLength;
            next += group.Blocks;
        }
        return groups.Count == _groups.Count ? this : new GramIndex(groups, end, next);
    }

    /// <summary>Takes back from blocks that may be asked for those that cannot hold what is looked for.</summary>
    /// <param name="file">The gram file.</param>
    /// <param name="query">What is looked for.</param>
    /// <param name="asked">For each block whether it may be asked for.</param>
    /// <returns>Whether all that was looked at was whole; blocks of what was not stay asked for.</returns>
    public bool Narrow(DiskFile file, GramQuery query, Span<bool> asked)
    {
        var isWhole = true;
        foreach (var entry in _groups)
        {
            var columns = asked.Slice(entry.FirstBlock, entry.Group.Blocks);
            if (columns.Contains(true))
                isWhole &= Narrow(file, entry, query, columns);
        }
        return isWhole;
    }

    /// <summary>Where pages begin that are not as they were written.</summary>
    /// <param name="file">The gram file.</param>
    public IEnumerable<long> ChangedPages(DiskFile file)
    {
        var page = new byte[GramMatrix.PageBytes];
        foreach (var entry in _groups)
        {
            for (var number = 0; number < entry.Group.PagesLength / GramMatrix.PageBytes; number++)
            {
                var offset = entry.PagesOffset + ((long)number * GramMatrix.PageBytes);
                if (file.Read(page, offset) != page.Length || !GramMatrix.IsWhole(page, number, entry.PageKey))
                    yield return offset;
            }
        }
    }

    private static bool Narrow(DiskFile file, Entry entry, GramQuery query, Span<bool> asked)
    {
        var group = entry.Group;
        var (stride, rowsInPage) = (GramMatrix.Stride(group.Blocks), GramMatrix.RowsInPage(group.Blocks));
        Span<byte> page = stackalloc byte[GramMatrix.PageBytes];
        Span<byte> may = stackalloc byte[GramMatrix.MaxBlocks / 8];
        may = may[..stride];
        may.Fill(0xFF);
        var held = -1;
        foreach (var gram in query.Grams)
        {
            for (var which = 0; which < GramMatrix.RowsPerGram; which++)
            {
                var row = GramMatrix.RowOf(gram, which, group.Rows);
                if (row / rowsInPage != held)
                {
                    held = row / rowsInPage;
                    if (file.Read(page, entry.PagesOffset + ((long)held * GramMatrix.PageBytes)) != page.Length || !GramMatrix.IsWhole(page, held, entry.PageKey))
                        return false;
                }
                var bits = page.Slice((row % rowsInPage) * stride, stride);
                for (var i = 0; i < stride; i++)
                    may[i] &= bits[i];
            }
            if (!may.ContainsAnyExcept((byte)0))
                break;
        }
        for (var column = 0; column < asked.Length; column++)
            asked[column] &= (may[column / 8] & (1 << (column % 8))) != 0;
        return true;
    }

    private readonly record struct Entry(GramGroup Group, int FirstBlock, long PagesOffset, Blake3Mode PageKey);
}
