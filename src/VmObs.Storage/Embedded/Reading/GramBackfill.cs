using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using VmObs.Signals;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Grams;
using VmObs.Storage.Embedded.Head;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Writing;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Makes gram files of sealed hours that have none, or a damaged one, once somebody looks for text in them. One after the other.</summary>
/// <param name="context">The store's.</param>
/// <param name="made">Called when a file has a new gram file.</param>
internal sealed class GramBackfill(StoreContext context, Action<HourFile> made) : IAsyncDisposable
{
    private readonly Channel<HourFile> _asked = Channel.CreateBounded<HourFile>(new BoundedChannelOptions(64) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly HashSet<HourFile> _known = [];
    private Task? _making;

    /// <summary>Asks for a file's gram file; while it is being made, and when it could not be, asking again does nothing.</summary>
    public void Ask(HourFile name) => TryAsk(name);

    /// <summary>Asks for another in place of one that is not what was written, and says so.</summary>
    public void Replace(HourFile name)
    {
        if (TryAsk(name))
            context.Logger.LogWarning("{Path}: found bytes that are not as they were written, expected those of this engine: they change no answer, and the file is made again", name.StoragePath + GramFile.Suffix);
    }

    /// <summary>Completes when all that was asked for is made.</summary>
    public Task WhenMadeAsync()
    {
        lock (_lock)
            return _making ?? Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Task making;
        lock (_lock)
        {
            _stop.Cancel();
            making = _making ?? Task.CompletedTask;
        }
        await making;
        _stop.Dispose();
    }

    private bool TryAsk(HourFile name)
    {
        lock (_lock)
        {
            if (_stop.IsCancellationRequested || !_known.Add(name))
                return false;
            _asked.Writer.TryWrite(name);
            _making ??= Task.Run(MakeAsync);
            return true;
        }
    }

    private async Task MakeAsync()
    {
        while (Next() is { } name)
        {
            try
            {
                await OwnThread.RunAsync(() => Make(name));
                made(name);
                lock (_lock)
                    _known.Remove(name);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (IOException error)
            {
                // Queries read the file's blocks as before.
                context.Logger.LogWarning(error, "{Path}: its gram file could not be made: {Message}", name.StoragePath, error.Message);
            }
        }
    }

    private HourFile? Next()
    {
        lock (_lock)
        {
            if (!_stop.IsCancellationRequested && _asked.Reader.TryRead(out var name))
                return name;
            _making = null;
            return null;
        }
    }

    private bool Make(HourFile name)
    {
        var path = name.PathIn(context.DataFolder);
        var temporary = path + GramFile.Suffix + ".tmp";
        using var file = SealedFile.Open(context.Disk, path);
        var blocks = LogFileReader.ReadTable(file.File);
        context.Disk.Delete(temporary);
        using (var target = context.Disk.Open(temporary, create: true))
            Write(file, blocks, target);
        // What expired meanwhile is in it: the next query asks again.
        if (file.LookAgain())
            context.Disk.Delete(temporary);
        else
            context.Disk.Rename(temporary, path + GramFile.Suffix);
        return true;
    }

    private void Write(SealedFile file, IReadOnlyList<LogBlock> blocks, DiskFile target)
    {
        var grams = new GramCollector();
        using var text = new PooledBuffer(LogFileWriter.BlockTextBytes * 2);
        long end = 0;
        var written = 0;
        for (var i = 0; i < blocks.Count; i++)
        {
            _stop.Token.ThrowIfCancellationRequested();
            if (file.IsGone(blocks[i].Offset, blocks[i].Length))
            {
                grams.Unknown();
            }
            else
            {
                text.Clear();
                LogFileReader.ReadBlock(file.File, blocks[i], text);
                grams.Closed(text.WrittenSpan);
            }
            if ((i + 1) % GramMatrix.MaxBlocks == 0 || i + 1 == blocks.Count)
                GramFile.Write(target, ref end, grams.TakeGroups(), blocks, ref written, context.Grams.Of(file.File.Path));
        }
    }
}
