using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Storage.Embedded.Grams;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Writing;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>The blocks of one hour that may hold lines which answer a query: by time, service and level, then by grams. Whoever makes it disposes it.</summary>
internal sealed class LogHourBlocks : IDisposable
{
    // Below this the gram file costs more than it saves.
    private const int FewBlocks = 8;

    // So many blocks without grams make it worth while to have a sealed file's made.
    private const int ManyBlocks = 64;

    private readonly LogMatcher _matcher;
    private readonly GramQuery? _grams;
    private readonly List<LogSegment> _segments = [];
    private readonly List<(LogSegment Segment, LogBlock Block)> _blocks = [];

    public LogHourBlocks(LogMatcher matcher)
    {
        _matcher = matcher;
        _grams = GramQuery.Of(matcher.Pieces);
    }

    /// <summary>The blocks.</summary>
    public List<(LogSegment Segment, LogBlock Block)> Blocks => _blocks;

    /// <summary>Adds a sealed file's.</summary>
    /// <param name="name">Which file.</param>
    /// <param name="file">It; closed with this.</param>
    /// <param name="tables">Where its table is found.</param>
    /// <param name="backfill">Asked for its grams where they are missing.</param>
    public void AddSealed(HourFile name, SealedFile file, LogTableCache tables, GramBackfill backfill)
    {
        var segment = new LogSegment(file);
        _segments.Add(segment);
        var table = tables.Of(name, file.File);
        var coverage = Add(segment, table.Blocks, table.Grams);
        if (coverage is { IsWhole: false })
            backfill.Replace(name);
        else if (coverage is { } known && table.Blocks.Count - known.Blocks >= ManyBlocks)
            backfill.Ask(name);
    }

    /// <summary>Adds an open hour's.</summary>
    /// <param name="file">Its file, which the caller holds.</param>
    /// <param name="blocks">Its blocks.</param>
    /// <param name="grams">Its grams.</param>
    public void AddOpen(Disk.DiskFile file, IReadOnlyList<LogBlock> blocks, GramReader grams)
    {
        var segment = new LogSegment(file);
        _segments.Add(segment);
        Add(segment, blocks, grams);
    }

    /// <summary>Puts the blocks first that may hold what comes first.</summary>
    public void Sort()
    {
        if (_matcher.Query.NewestFirst)
            _blocks.Sort(static (a, b) => b.Block.LastUnixNanos.CompareTo(a.Block.LastUnixNanos));
        else
            _blocks.Sort(static (a, b) => a.Block.FirstUnixNanos.CompareTo(b.Block.FirstUnixNanos));
    }

    /// <summary>The time of a block's line that comes first in the order asked for.</summary>
    public long FirstTimeOf(LogBlock block) => _matcher.Query.NewestFirst ? block.LastUnixNanos : block.FirstUnixNanos;

    /// <inheritdoc/>
    public void Dispose() => _segments.ForEach(static segment => segment.Dispose());

    /// <returns>What the grams cover; null when they were not asked.</returns>
    private GramCoverage? Add(LogSegment segment, IReadOnlyList<LogBlock> blocks, GramReader grams)
    {
        var asked = new bool[blocks.Count];
        var count = 0;
        for (var i = 0; i < asked.Length; i++)
        {
            asked[i] = MayHold(blocks[i]) && !segment.IsGone(blocks[i]);
            count += asked[i] ? 1 : 0;
        }
        GramCoverage? coverage = _grams is not null && count >= FewBlocks ? grams.Narrow(blocks, _grams, asked) : null;
        for (var i = 0; i < asked.Length; i++)
        {
            if (asked[i])
                _blocks.Add((segment, blocks[i]));
        }
        return coverage;
    }

    private bool MayHold(LogBlock block)
    {
        if (block.LastUnixNanos < _matcher.FromUnixNanos || block.FirstUnixNanos >= _matcher.ToUnixNanos)
            return false;
        var query = _matcher.Query;
        if (query.MinLevel > query.MaxLevel)
            return false;
        foreach (var service in block.Services)
        {
            if (_matcher.Service is not null && service.Service != _matcher.Service)
                continue;
            if (service.Counts.AsSpan((int)query.MinLevel..((int)query.MaxLevel + 1)).ContainsAnyExcept(0))
                return true;
        }
        return false;
    }
}
