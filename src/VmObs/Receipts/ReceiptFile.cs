namespace VmObs.Receipts;

/// <summary>Reads receipts/observability/observability_events.jsonl.</summary>
internal static class ReceiptFile
{
    public const string RelativePath = "receipts/observability/observability_events.jsonl";

    private const int BlockBytes = 64 * 1024;

    /// <summary>The lines, without their newlines; a last line without one is not given.</summary>
    /// <param name="path">The file; no lines when it is not there.</param>
    /// <param name="torn">Told how many bytes follow the last newline.</param>
    /// <param name="from">Offset of the first line.</param>
    /// <param name="to">Offset behind the last one.</param>
    public static IEnumerable<byte[]> Lines(string path, Action<int>? torn = null, long from = 0, long to = long.MaxValue)
    {
        if (!File.Exists(path))
            yield break;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16);
        file.Position = from;
        var buffer = new byte[BlockBytes];
        var held = 0;
        while (true)
        {
            if (held == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
            var read = file.Read(buffer, held, (int)Math.Min(buffer.Length - held, to - file.Position));
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
}
