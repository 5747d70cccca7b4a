using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using VmObs.Signals;

namespace VmObs.Ingest;

/// <summary>How reading a body ended.</summary>
internal enum BodyEnd
{
    /// <summary>All of it is in the buffer.</summary>
    Complete,

    /// <summary>It is larger than a body may be.</summary>
    TooLarge,

    /// <summary>All bodies together are larger than they may be.</summary>
    NoRoom,

    /// <summary>The sender broke off or was too slow.</summary>
    BrokenOff,
}

/// <summary>Reads bodies into pooled buffers, never beyond the limits. Bytes are counted as they come: a declared length reserves nothing.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class BodyReader(IngestLimits limits)
{
    private long _inFlight;

    /// <summary>Reads a body to its end.</summary>
    /// <param name="body">The request's body.</param>
    /// <param name="node">What stands before it in the journal: <see cref="Signals.Ports.ReceivedRequest.Node"/>, ASCII.</param>
    /// <param name="into">Gets it; empty before. Its length is given back with <see cref="Release"/>, however this ends.</param>
    /// <param name="cancellationToken">The request's.</param>
    public async ValueTask<BodyEnd> ReadAsync(PipeReader body, string node, PooledBuffer into, CancellationToken cancellationToken)
    {
        try
        {
            if (node.Length > 0 && Take(new ReadOnlySequence<byte>(System.Text.Encoding.ASCII.GetBytes(node)), into) is not BodyEnd.Complete and var refused)
                return refused;
            while (true)
            {
                var read = await body.ReadAsync(cancellationToken);
                var end = Take(read.Buffer, into);
                body.AdvanceTo(read.Buffer.End);
                if (end != BodyEnd.Complete || read.IsCompleted)
                    return read.IsCanceled ? BodyEnd.BrokenOff : end;
            }
        }
        catch (BadHttpRequestException error)
        {
            return error.StatusCode == StatusCodes.Status413PayloadTooLarge ? BodyEnd.TooLarge : BodyEnd.BrokenOff;
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            return BodyEnd.BrokenOff;
        }
    }

    /// <summary>Gives back the room of a body that is no longer needed.</summary>
    public void Release(PooledBuffer body) => Interlocked.Add(ref _inFlight, -body.Length);

    private BodyEnd Take(in ReadOnlySequence<byte> bytes, PooledBuffer into)
    {
        if (into.Length + bytes.Length > limits.MaxBodyBytes)
            return BodyEnd.TooLarge;
        if (Interlocked.Add(ref _inFlight, bytes.Length) > limits.MaxBytesInFlight)
        {
            Interlocked.Add(ref _inFlight, -bytes.Length);
            return BodyEnd.NoRoom;
        }
        foreach (var segment in bytes)
            into.Write(segment.Span);
        return BodyEnd.Complete;
    }
}
