using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using VmObs.Ingest;
using VmObs.Receipts.Gaps;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Signals.Wire.Syslog;

namespace VmObs.Syslog;

/// <summary>Takes one sender's messages to their end, batch by batch: the next bytes are read once those before are durable, so a sender that
/// is faster than the disk waits in TCP.</summary>
internal sealed class SyslogConnection(IIntake intake, IPAddress sender, TimeProvider time) : IDisposable
{
    // What arrives while a batch is stored makes the next one.
    private const int ReadBytes = 256 * 1024;

    private readonly GapSource _source = new("syslog-tcp", sender);
    private readonly PooledBuffer _batch = new(64 * 1024);

    /// <summary>Reads until the sender closes or the engine ends.</summary>
    /// <exception cref="IOException">The connection broke.</exception>
    public async Task RunAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes + SyslogFrames.MaxMessageBytes);
        try
        {
            var held = 0;
            while (true)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(held), cancellationToken);
                held += read;
                held -= Take(buffer.AsSpan(0, held), isEnd: read == 0);
                if (_batch.Length > 0)
                    await StoreAsync(cancellationToken);
                if (read == 0)
                    return;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    public void Dispose() => _batch.Dispose();

    /// <summary>Moves whole messages into the batch, the rest to the front.</summary>
    private int Take(Span<byte> bytes, bool isEnd)
    {
        var taken = 0;
        while (SyslogFrames.TryTake(bytes[taken..], isEnd, out var message, out var consumed))
        {
            taken += consumed;
            if (!message.IsEmpty)
                SyslogFrames.Append(_batch, message);
        }
        bytes[taken..].CopyTo(bytes);
        return taken;
    }

    /// <summary>Stores the batch, however long the engine is busy or its disk refuses.</summary>
    private async Task StoreAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await intake.TakeAsync(
                PipeReader.Create(new ReadOnlySequence<byte>(_batch.WrittenMemory)), WireFormat.Syslog, ContentCoding.Identity, _batch.Length, _source, cancellationToken);
            if (result.Outcome is not (IntakeOutcome.Busy or IntakeOutcome.OverRate or IntakeOutcome.DiskFailed))
                break;
            await Task.Delay(TimeSpan.FromSeconds(Math.Max(1, result.RetryAfterSeconds)), time, cancellationToken);
        }
        _batch.Clear();
    }
}
