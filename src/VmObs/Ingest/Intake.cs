using System.Collections.Concurrent;
using System.IO.Pipelines;
using VmObs.Receipts.Gaps;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Signals.Wire.Otlp;

namespace VmObs.Ingest;

/// <summary>Takes requests of one signal, in whatever protocol they come.</summary>
internal interface IIntake
{
    /// <summary>What its requests carry.</summary>
    Signal Signal { get; }

    /// <summary>Reads, decodes and stores one request; once it returns <see cref="IntakeOutcome.Stored"/> the request is durable.</summary>
    /// <param name="body">The body, to its end.</param>
    /// <param name="format">How it is written.</param>
    /// <param name="coding">How it is compressed.</param>
    /// <param name="length">Bytes that the body must have; null where its end says so.</param>
    /// <param name="source">Who sends it.</param>
    /// <param name="cancellationToken">The request's.</param>
    ValueTask<IntakeResult> TakeAsync(PipeReader body, WireFormat format, ContentCoding coding, long? length, GapSource source, CancellationToken cancellationToken);

    /// <summary>Refuses a request before its body is read; it is counted like those that are refused after.</summary>
    IntakeResult Refuse(IntakeOutcome outcome, string message, in GapSource source);
}

/// <summary>Takes requests of one signal: body → batch → sink, in pooled memory.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class Intake<TBatch>(BatchKind<TBatch> kind, ISink<TBatch> sink, BodyReader reader, SourceRates rates, IngestLimits limits, IngestMeter meter, SinkHealth health, TimeProvider time) : IIntake
    where TBatch : class, IDisposable
{
    /// <summary>Scratch that served a larger body than this is let go, so that one giant does not stay for ever.</summary>
    private const int KeptBodyBytes = 4 * 1024 * 1024;

    // Bounded by the greatest number of requests at one time, which the bytes in flight bound.
    private readonly ConcurrentBag<Scratch> _idle = [];

    public Signal Signal => kind.Signal;

    public IntakeResult Refuse(IntakeOutcome outcome, string message, in GapSource source)
    {
        meter.Refused(kind.Signal, source, outcome, 0);
        meter.Request(kind.Signal, outcome, TimeSpan.Zero);
        return IntakeResult.Failed(outcome, message);
    }

    public async ValueTask<IntakeResult> TakeAsync(
        PipeReader body, WireFormat format, ContentCoding coding, long? length, GapSource source, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var scratch = _idle.TryTake(out var idle) ? idle : new Scratch(kind.Create());
        try
        {
            var result = rates.Wait(source) is { } wait ? OverRate(wait) : await reader.ReadAsync(body, NodeOf(source), scratch.Body, cancellationToken) switch
            {
                BodyEnd.Complete when source.Sender?.BodyBytes < scratch.Body.Length =>
                    IntakeResult.Failed(IntakeOutcome.TooLarge, $"body: got {scratch.Body.Length} bytes, want at most {source.Sender?.BodyBytes}, as the token says; send smaller batches"),
                BodyEnd.Complete when length is { } want && scratch.Body.Length - NodeOf(source).Length != want =>
                    IntakeResult.Failed(IntakeOutcome.Malformed, $"body: got {scratch.Body.Length - NodeOf(source).Length} bytes, want {want} as its prefix says"),
                BodyEnd.Complete => await StoreAsync(scratch, format, coding, source),
                BodyEnd.TooLarge => IntakeResult.Failed(IntakeOutcome.TooLarge, $"body: got more than {limits.MaxBodyBytes} bytes, want at most that; send smaller batches"),
                BodyEnd.NoRoom => IntakeResult.Failed(IntakeOutcome.Busy, "too many bytes are being taken at this moment", 1),
                _ => IntakeResult.Failed(IntakeOutcome.BrokenOff, "body: broke off before its end"),
            };
            rates.Count(source, scratch.Body.Length);
            if (result.Outcome != IntakeOutcome.Stored)
                meter.Refused(kind.Signal, source, result.Outcome, result.Refused);
            meter.Request(kind.Signal, result.Outcome, time.GetElapsedTime(started));
            return result;
        }
        catch
        {
            meter.Refused(kind.Signal, source, IntakeOutcome.Failed, 0);
            meter.Request(kind.Signal, IntakeOutcome.Failed, time.GetElapsedTime(started));
            throw;
        }
        finally
        {
            Return(scratch);
        }
    }

    private async ValueTask<IntakeResult> StoreAsync(Scratch scratch, WireFormat format, ContentCoding coding, GapSource source)
    {
        var request = new ReceivedRequest(kind.Signal, format, coding, (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100, scratch.Body.WrittenMemory)
        {
            NodeBytes = NodeOf(source).Length,
        };
        if (kind.Decode(request, scratch.Batch) is { } error)
            return IntakeResult.Failed(IntakeOutcome.Malformed, error.ToString());
        var count = kind.Count(scratch.Batch);
        var refusals = kind.Refusals(scratch.Batch);
        var stored = default(AppendOutcome);
        if (count > 0)
        {
            try
            {
                // Not the sender's token: the batch is borrowed until the append completes, whether anybody still waits or not.
                stored = await sink.AppendAsync(request, scratch.Batch, CancellationToken.None);
                health.Succeeded();
                if (!stored.Accepted)
                    return IntakeResult.Failed(IntakeOutcome.Busy, stored.Reason ?? "no room", Math.Max(1, stored.RetryAfterSeconds)) with { Refused = count };
            }
            catch (IOException failure)
            {
                health.Failed(failure);
                return IntakeResult.Failed(IntakeOutcome.DiskFailed, "the disk refused the write; nothing of this request is acknowledged", 5) with { Refused = count };
            }
        }
        meter.Taken(kind.Signal, source, count, stored.LateRecords, refusals);
        return new IntakeResult(IntakeOutcome.Stored, refusals.Total, refusals.Total == 0 ? "" : OtlpResponse.Describe(refusals), 0)
        {
            Taken = count,
            NativeCounts = kind.NativeCounts(scratch.Batch),
            Items = kind.Answer(scratch.Batch),
            Receipt = stored.Receipt,
        };
    }

    // Names of bound nodes are ASCII: as many bytes as characters.
    private static string NodeOf(in GapSource source) => source.Sender?.Node ?? "";

    private static IntakeResult OverRate(TimeSpan wait)
    {
        var seconds = (int)Math.Ceiling(Math.Min(wait.TotalSeconds, 3600));
        return IntakeResult.Failed(IntakeOutcome.OverRate, $"this sender sends more than it may a second; come back in {seconds} s", seconds);
    }

    private void Return(Scratch scratch)
    {
        var isLarge = scratch.Body.Capacity > KeptBodyBytes;
        reader.Release(scratch.Body);
        scratch.Body.Clear();
        kind.Clear(scratch.Batch);
        if (isLarge)
            scratch.Dispose();
        else
            _idle.Add(scratch);
    }

    private sealed class Scratch(TBatch batch) : IDisposable
    {
        public PooledBuffer Body { get; } = new(64 * 1024);

        public TBatch Batch => batch;

        public void Dispose()
        {
            Body.Dispose();
            batch.Dispose();
        }
    }
}
