using VmObs.Ledger.Hashing;
using VmObs.Ledger.Remains;

namespace VmObs.Verify;

/// <summary>A sealed file that a receipt names.</summary>
/// <param name="Line">The receipt's line, from 1.</param>
/// <param name="Path">Relative to the data folder.</param>
/// <param name="ContentHash">As the receipt says.</param>
internal sealed record NamedFile(long Line, string Path, string ContentHash);

/// <summary>What a receipt says expired of a sealed file.</summary>
/// <param name="Line">The receipt's line, from 1.</param>
/// <param name="ContentHash">As the receipt says.</param>
/// <param name="OutboardHead">As the receipt says; null when the whole file expired.</param>
internal sealed record NamedExpiry(long Line, string ContentHash, string? OutboardHead);

/// <summary>Checks a sealed file against its receipt and the last one about what expired of it.</summary>
internal sealed class SealedFileCheck(string folder)
{
    private const string Prefix = "blake3:";

    private readonly string _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));

    /// <summary>Files whose receipt says that something expired, and where it is still there: an engine is about to drop it.</summary>
    public SortedSet<string> Unfinished { get; } = new(StringComparer.Ordinal);

    /// <summary>What is wrong; null when nothing is.</summary>
    public string? Finding(NamedFile named, NamedExpiry? expiry)
    {
        var full = Path.GetFullPath(Path.Combine(_root, named.Path));
        if (!full.StartsWith(_root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            return $"{named.Path}: leads out of the data folder";
        if (expiry is not null && expiry.ContentHash != named.ContentHash)
            return $"{named.Path}: found content_hash {expiry.ContentHash} in line {expiry.Line} about what expired of it, expected {named.ContentHash}";
        if (expiry is { OutboardHead: null })
        {
            if (File.Exists(full))
                Unfinished.Add(named.Path);
            return null;
        }
        if (!File.Exists(full))
            return $"{named.Path}: not there, expected a file with content_hash {named.ContentHash}";
        try
        {
            return expiry is null ? WholeFinding(named, full) : RestFinding(named, full, expiry.OutboardHead!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException || error is AggregateException { InnerException: IOException })
        {
            return $"{named.Path}: cannot be read: {(error.InnerException ?? error).Message}";
        }
    }

    private static string? WholeFinding(NamedFile named, string full)
    {
        if (File.Exists(full + RemainsHead.Suffix))
            return $"{named.Path}{RemainsHead.Suffix}: found an outboard, expected a receipt that says what is gone of the file";
        var found = Prefix + HashOf(full).ToHex();
        return found == named.ContentHash ? null : $"{named.Path}: found content_hash {found}, expected {named.ContentHash}";
    }

    // On all processors.
    private static Digest HashOf(string full)
    {
        using var file = File.OpenHandle(full, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var parts = new Blake3Parts(RandomAccess.GetLength(file));
        Parallel.For(0, parts.Count, static () => new byte[Blake3Parts.PartBytes], (part, _, buffer) =>
        {
            var bytes = buffer.AsSpan(0, parts.LengthOf(part));
            for (int read = 0, more; read < bytes.Length; read += more)
            {
                more = RandomAccess.Read(file, bytes[read..], ((long)part * Blake3Parts.PartBytes) + read);
                if (more == 0)
                    throw new EndOfStreamException("it became shorter while it was read");
            }
            parts.Hash(part, bytes);
            return buffer;
        }, static _ => { });
        return parts.Finish();
    }

    private string? RestFinding(NamedFile named, string full, string outboardHead)
    {
        if (!Digest.TryParseHex(named.ContentHash.AsSpan(Math.Min(Prefix.Length, named.ContentHash.Length)), out var contentHash))
            return $"{named.Path}: found content_hash {named.ContentHash} in its receipt, expected blake3: and 64 hexadecimal digits";
        var found = "none";
        foreach (var suffix in (ReadOnlySpan<string>)[RemainsHead.Suffix, RemainsHead.PendingSuffix])
        {
            if (!File.Exists(full + suffix))
                continue;
            try
            {
                var (head, check) = RemainsCheck.Read(File.ReadAllBytes(full + suffix), contentHash);
                if (Prefix + head.Hash().ToHex() == outboardHead)
                    return RestFinding(named, full, head, check);
                found = $"one with head {Prefix}{head.Hash().ToHex()}";
            }
            catch (FormatException error)
            {
                found = $"one that does not verify ({error.Message})";
            }
        }
        return $"{named.Path}{RemainsHead.Suffix}: found {found}, expected an outboard with head {outboardHead}";
    }

    private string? RestFinding(NamedFile named, string full, RemainsHead head, RemainsCheck check)
    {
        using var file = Open(full);
        if (file.Length != head.ContentLength)
            return $"{named.Path}: found {file.Length} bytes, expected {head.ContentLength}";
        var (altered, stillThere) = check.CheckAll((into, offset) =>
        {
            file.Position = offset;
            return file.ReadAtLeast(into, into.Length, throwOnEndOfStream: false);
        });
        if (stillThere.Count > 0)
            Unfinished.Add(named.Path);
        return altered.Count == 0
            ? null
            : $"{named.Path}: bytes {string.Join(", ", altered.Select(range => $"{range.Offset} to {range.End - 1}"))}: found others, expected those that were sealed with content_hash {named.ContentHash}";
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);
}
