using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Writing;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>Reads traces from memory and sealed hours.</summary>
internal sealed class TraceSource(StoreContext context, TraceStore store) : ITraceSource
{
    public async ValueTask<IReadOnlyList<ReadOnlyMemory<byte>>> GetAsync(TraceId id, CancellationToken cancellationToken)
    {
        var (spans, files) = store.Find(id);
        await Task.Run(
            () =>
            {
                foreach (var name in files)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    using var file = context.Disk.OpenRead(name.PathIn(context.DataFolder));
                    spans.AddRange(TraceFileReader.Find(file, id));
                }
            },
            cancellationToken);
        spans.Sort((a, b) => new SpanRecord(a.Span).StartUnixNanos.CompareTo(new SpanRecord(b.Span).StartUnixNanos));
        return spans;
    }
}
