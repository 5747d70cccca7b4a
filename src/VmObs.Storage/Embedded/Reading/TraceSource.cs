using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Spill;
using VmObs.Storage.Embedded.Writing;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Reads traces from memory, runs and sealed hours.</summary>
internal sealed class TraceSource(StoreContext context, TraceStore store) : ITraceSource
{
    public async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> GetAsync(TraceId id, CancellationToken cancellationToken)
    {
        using var held = new HeldRuns();
        var found = store.Find(id);
        // A run that is closed has become a sealed file, which the next look finds.
        while (!held.TryHold(found.Runs))
            found = store.Find(id);
        var spans = found.Spans;
        await Task.Run(
            () =>
            {
                foreach (var run in found.Runs)
                    ReadRun(run, id, spans, cancellationToken);
                foreach (var name in found.Files)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    using var file = store.Hours.OpenSealed(context, name);
                    if (file is not null)
                        spans.AddRange(Find(file, id));
                }
            },
            cancellationToken);
        spans.Sort(static (a, b) => InOrder(new SpanRecord(a.Span), new SpanRecord(b.Span)));
        return spans;
    }

    // JavaScript's clocks tell milliseconds: a child often starts with its parent, and seldom ends after it.
    private static int InOrder(SpanRecord a, SpanRecord b)
    {
        if (a.StartUnixNanos != b.StartUnixNanos)
            return a.StartUnixNanos.CompareTo(b.StartUnixNanos);
        return a.EndUnixNanos != b.EndUnixNanos ? b.EndUnixNanos.CompareTo(a.EndUnixNanos) : a.SpanId.CompareTo(b.SpanId);
    }

    private static List<ReadOnlyMemory<byte>> Find(SealedFile file, TraceId id)
    {
        while (true)
        {
            try
            {
                return TraceFileReader.Find(file.File, id, file.Remains);
            }
            catch (DamagedFileException) when (file.LookAgain())
            {
                // Row groups expired since the file was opened; what remains is read again from the start.
            }
        }
    }

    private static void ReadRun(RunPart run, TraceId id, List<ReadOnlyMemory<byte>> spans, CancellationToken cancellationToken)
    {
        Span<byte> key = stackalloc byte[TraceRunKey.Bytes];
        using var cursor = run.Open();
        foreach (var failed in (ReadOnlySpan<bool>)[true, false])
        {
            cancellationToken.ThrowIfCancellationRequested();
            TraceRunKey.Write(key, failed, new TraceKey(id, 0));
            var prefix = key[..(1 + TraceId.Bytes)];
            for (var found = cursor.Seek(key); found && cursor.Key.StartsWith(prefix); found = cursor.MoveNext())
            {
                // A copy, for the spans are kept beyond the block.
                TracePayload.Read(cursor.Payload.ToArray(), spans);
            }
        }
    }
}
