namespace VmObs.Receipts;

/// <summary>Reads receipts/observability/observability_events.jsonl.</summary>
internal static class ReceiptFile
{
    public const string RelativePath = "receipts/observability/observability_events.jsonl";

    private const int BlockBytes = 64 * 1024;

    /// <summary>The lines from the start, without their newlines; a last line without one is not given.</summary>
    /// <param name="path">The file; no lines when it is not there.</param>
    /// <param name="torn">Told how many bytes follow the last newline.</param>
    /// <param name="length">Bytes to read.</param>
    public static IEnumerable<byte[]> Lines(string path, Action<int>? torn = null, long length = long.MaxValue)
    {
        if (!File.Exists(path))
            yield break;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16);
        var buffer = new byte[BlockBytes];
        var held = 0;
        while (true)
        {
            if (held == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
            var read = file.Read(buffer, held, (int)Math.Min(buffer.Length - held, length - file.Position));
            if (read == 0)
                break;
            held += read;
            var start = 0;
            for (int end; (end = buffer.AsSpan(start, held - start).IndexOf((byte)'\n')) >= 0; start += end + 1)
                yield return buffer[start..(start + end)];
            buffer.AsSpan(start, held - start).CopyTo(buffer);
            held -= start;
        }
        torn?.Invoke(held);
    }

    /// <summary>The lines from the last to the first, without their newlines.</summary>
    /// <param name="path">The file.</param>
    /// <param name="length">Bytes of whole lines; what follows them is not read.</param>
    public static IEnumerable<byte[]> LinesFromEnd(string path, long length)
    {
        if (length == 0)
            yield break;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);
        // The last newline ends the last line and begins none.
        var position = length - 1;
        var held = Memory<byte>.Empty;
        while (position > 0)
        {
            var block = new byte[(int)Math.Min(BlockBytes, position) + held.Length];
            held.CopyTo(block.AsMemory(block.Length - held.Length));
            position -= block.Length - held.Length;
            file.Position = position;
            file.ReadExactly(block, 0, block.Length - held.Length);
            held = block;
            for (int newline; (newline = held.Span.LastIndexOf((byte)'\n')) >= 0; held = held[..newline])
                yield return held[(newline + 1)..].ToArray();
        }
        yield return held.ToArray();
    }
}
