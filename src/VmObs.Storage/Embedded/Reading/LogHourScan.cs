using VmObs.Signals.Ports;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Finds the first records of one hour, in portions: what is certain to come next is handed out before the rest is read.</summary>
/// <remarks>Blocks are read in the order of what they may hold first. Once all the records that are wanted come before the next block, the rest of
/// the hour is not read; and once records take up much memory, those that come before the next block are handed out.</remarks>
internal sealed class LogHourScan(LogHourBlocks blocks, BlockScan scan, TopRecords found)
{
    private const long PortionBytes = 4 * 1024 * 1024;

    private long _pauseAtBytes = PortionBytes;
    private bool _isAtEnd;

    /// <summary>The next records in order; none when there are no more.</summary>
    public async Task<List<LogRecord>> NextAsync(CancellationToken cancellationToken)
    {
        while (!_isAtEnd)
        {
            await scan.RunAsync(() => found, GoesOn, cancellationToken);
            if (scan.Next == blocks.Blocks.Count || !MayBeIn(blocks.Blocks[scan.Next].Block))
                break;
            var certain = found.TakeBefore(blocks.FirstTimeOf(blocks.Blocks[scan.Next].Block));
            // Where blocks overlap widely little is certain: then more is held, so that the blocks are not sorted out again and again.
            _pauseAtBytes = Math.Max(PortionBytes, found.HeldBytes * 2);
            if (certain.Count > 0)
                return certain;
        }
        _isAtEnd = true;
        return found.TakeAll();
    }

    private bool GoesOn(LogBlock block) => found.HeldBytes < _pauseAtBytes && MayBeIn(block);

    private bool MayBeIn(LogBlock block) => found.MayTake(blocks.FirstTimeOf(block));
}
