using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Reads blocks one after the other, on as many threads as are free.</summary>
internal sealed class BlockScan(LogLineScan lines, IReadOnlyList<(LogSegment Segment, LogBlock Block)> blocks, QueryBudget budget, ScanThreads threads)
{
    // One thread has read so many before another has begun.
    private const int BlocksAThread = 4;

    private int _next;

    /// <summary>The next block that was not read; their number when there is none.</summary>
    public int Next => Math.Min(Volatile.Read(ref _next), blocks.Count);

    /// <summary>Reads until the blocks end or each thread has been told to stop; can be called again.</summary>
    /// <param name="sinkOf">Makes a thread's sink.</param>
    /// <param name="goesOn">Asked before each block; not asked for a block again.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="DamagedFileException">A block cannot be read.</exception>
    public async Task RunAsync(Func<ILogLineSink> sinkOf, Func<LogBlock, bool> goesOn, CancellationToken cancellationToken)
    {
        var more = threads.Take(((blocks.Count - Next) / BlocksAThread) - 1);
        try
        {
            await Task.WhenAll(Enumerable.Range(0, more + 1).Select(_ => Task.Run(() => Run(sinkOf(), goesOn, cancellationToken), cancellationToken)));
        }
        finally
        {
            threads.Return(more);
        }
    }

    private void Run(ILogLineSink sink, Func<LogBlock, bool> goesOn, CancellationToken cancellationToken)
    {
        using var text = new PooledBuffer(LogFileWriter.BlockTextBytes * 2);
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // Looked at before it is taken: a block that is taken is read.
            var at = Volatile.Read(ref _next);
            if (at >= blocks.Count || !goesOn(blocks[at].Block))
                return;
            if (Interlocked.CompareExchange(ref _next, at + 1, at) == at)
                Read(blocks[at].Segment, blocks[at].Block, text, sink);
        }
    }

    private void Read(LogSegment segment, LogBlock block, PooledBuffer text, ILogLineSink sink)
    {
        budget.Read(block.Length);
        text.Clear();
        try
        {
            LogFileReader.ReadBlock(segment.File, block, text);
            lines.Block(text.WrittenSpan, sink);
        }
        catch (DamagedFileException) when (segment.IsGoneByNow(block))
        {
            // Expired since the file was opened; nothing of the block was offered, for its CRC comes first.
        }
        catch (InvalidDataException error)
        {
            throw new DamagedFileException(segment.File.Path, block.Offset, error.Message, "lines that end with a newline");
        }
    }
}
