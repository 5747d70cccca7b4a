namespace VmObs.Signals.Wire;

/// <summary>Undoes a snappy block, never beyond a limit.</summary>
internal static class SnappyBody
{
    /// <summary>Undoes a snappy block.</summary>
    /// <returns>What is wrong; null when all was read.</returns>
    public static WireError? Undo(ReadOnlySpan<byte> body, int maxBytes, PooledBuffer into)
    {
        // A copy of 3 bytes makes at most 64, so a longer claim than this is a lie told to make us reserve memory.
        const int MaxRatio = 32;
        try
        {
            var length = Snappier.Snappy.GetUncompressedLength(body);
            if (length > maxBytes)
                return new WireError(0, "body", $"at most {maxBytes} bytes when decompressed", $"{length}");
            if (length > (long)MaxRatio * body.Length)
                return new WireError(0, "body", $"a snappy block that grows at most {MaxRatio} times", $"one of {body.Length} bytes that claims {length}");
            var written = Snappier.Snappy.Decompress(body, into.GetSpan(length)[..length]);
            into.Advance(written);
            return written == length ? null : new WireError(body.Length, "body", $"a snappy block of {length} bytes", $"{written}");
        }
        catch (Exception damage) when (damage is InvalidDataException or ArgumentException)
        {
            return new WireError(0, "body", "a snappy block", damage.Message);
        }
    }
}
