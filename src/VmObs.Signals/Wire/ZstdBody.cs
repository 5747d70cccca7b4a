using ZstdSharp;
using ZstdSharp.Unsafe;

namespace VmObs.Signals.Wire;

/// <summary>Undoes Zstandard (RFC 8878), never beyond a limit; frames may follow one another.</summary>
internal static class ZstdBody
{
    /// <summary>8 MiB: what RFC 9659 lets a sender over HTTP use. A frame's header alone could otherwise make us reserve 128 MiB.</summary>
    private const int MaxWindowLog = 23;

    /// <summary>Undoes all frames.</summary>
    /// <returns>What is wrong; null when all was read.</returns>
    public static WireError? Undo(ReadOnlyMemory<byte> body, int maxBytes, PooledBuffer into)
    {
        if (body.IsEmpty)
            return new WireError(0, "body", "whole zstd frames", "nothing");
        try
        {
            using var source = CodedBody.OpenRead(body);
            using var frames = new DecompressionStream(source);
            frames.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, MaxWindowLog);
            return CodedBody.TryReadToEnd(frames, maxBytes, into) ? null : CodedBody.TooLarge(maxBytes);
        }
        catch (Exception damage) when (damage is ZstdException or EndOfStreamException)
        {
            return new WireError(0, "body", "whole zstd frames with windows of at most 8 MiB", damage.Message);
        }
    }
}
