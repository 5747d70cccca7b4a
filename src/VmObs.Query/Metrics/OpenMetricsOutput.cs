using System.Buffers;
using VmObs.Signals;

namespace VmObs.Query.Metrics;

/// <summary>Text on its way to whoever asked for it, handed over in pieces: a response's own buffer takes locks each time that it is asked for space.</summary>
/// <param name="destination">Gets the pieces.</param>
/// <param name="flush">Called after each of them.</param>
internal sealed class OpenMetricsOutput(IBufferWriter<byte> destination, Func<ValueTask> flush) : IDisposable
{
    /// <summary>How long a piece gets before it is handed over.</summary>
    public const int PieceBytes = 32 * 1024;

    /// <summary>What is not handed over yet.</summary>
    public PooledBuffer Text { get; } = new(2 * PieceBytes);

    /// <summary>Texts of times.</summary>
    public TimeTexts Times { get; } = new();

    /// <summary>Hands over what there is, once it is a piece.</summary>
    public ValueTask OfferAsync() => Text.Length < PieceBytes ? ValueTask.CompletedTask : HandOverAsync();

    /// <summary>Hands over what there is.</summary>
    public async ValueTask HandOverAsync()
    {
        destination.Write(Text.WrittenSpan);
        Text.Clear();
        await flush();
    }

    /// <inheritdoc/>
    public void Dispose() => Text.Dispose();
}
