using System.Globalization;
using VmObs.Ledger.Hashing;

namespace VmObs.Ledger.Checkpoints;

/// <summary>Where a journal stood at a moment, as its engine signs it. Format: docs/format/head.md.</summary>
/// <param name="Scroll">Name of the scroll, whose key signs.</param>
/// <param name="Position">The journal's last durable record; 0 when it has none.</param>
/// <param name="Chain">The journal's chain after that record; all zero when it has none.</param>
/// <param name="TimeUnixNanos">When this was so, by the engine's clock; not negative.</param>
/// <param name="Stopped">Whether it is the last head of an engine that was told to end; otherwise the engine was at work.</param>
public sealed record JournalHead(string Scroll, long Position, Digest Chain, long TimeUnixNanos, bool Stopped)
{
    // Ends the first line, so that a head's text is never one that ROOT's could be.
    private const string OriginSuffix = "/journal-head";
    private const string ChainPrefix = "blake3:";

    /// <summary>The text that is signed.</summary>
    public string ToText() =>
        string.Create(CultureInfo.InvariantCulture, $"{Scroll}{OriginSuffix}\n{Position}\n{ChainPrefix}{Chain.ToHex()}\n{TimeUnixNanos}\n{(Stopped ? "stopped" : "running")}\n");

    /// <summary>Reads the file and checks who signed it.</summary>
    /// <param name="file">The note's bytes; more than <see cref="SignedNote.MaxBytes"/> are refused before anything is read.</param>
    /// <param name="keys">The scroll's key; several where it may have been rotated meanwhile, and one of them is to have signed.</param>
    /// <exception cref="FormatException">Not a head, not signed by a key, or another scroll's; says found and expected.</exception>
    public static JournalHead Read(ReadOnlySpan<byte> file, params IReadOnlyList<NoteKey> keys)
    {
        var note = SignedNote.Parse(file);
        if (!keys.Any(note.IsSignedBy))
            throw new FormatException($"found no signature of {string.Join(" or ", keys)}, expected one");
        var head = Parse(note.Text);
        return head.Scroll == keys[0].Name ? head : throw new FormatException($"journal head, line 1: found scroll {head.Scroll}, expected {keys[0].Name}");
    }

    /// <summary>Reads a note's text.</summary>
    /// <exception cref="FormatException">Not such a text; says which line, found and expected.</exception>
    public static JournalHead Parse(string text)
    {
        var lines = text.Split('\n', 7);
        if (lines.Length != 6 || lines[5].Length != 0)
            throw new FormatException("journal head: expected five lines: origin, position, chain, time, running or stopped");
        var scroll = lines[0].EndsWith(OriginSuffix, StringComparison.Ordinal) ? lines[0][..^OriginSuffix.Length] : "";
        if (!NoteKey.IsName(scroll))
            throw new FormatException($"journal head, line 1: expected the scroll's name and {OriginSuffix}");
        var position = Number(lines[1], "line 2: expected a position in decimal");
        if (!lines[2].StartsWith(ChainPrefix, StringComparison.Ordinal) || !Digest.TryParseHex(lines[2].AsSpan(ChainPrefix.Length), out var chain))
            throw new FormatException("journal head, line 3: expected blake3: and 64 lower-case hex digits");
        if (position == 0 && chain != default)
            throw new FormatException("journal head, line 3: expected zeros at position 0, before any record");
        var time = Number(lines[3], "line 4: expected Unix nanoseconds in decimal");
        return lines[4] is "running" or "stopped"
            ? new JournalHead(scroll, position, chain, time, lines[4] == "stopped")
            : throw new FormatException("journal head, line 5: expected running or stopped");
    }

    private static long Number(string line, string expected) =>
        long.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number.ToString(CultureInfo.InvariantCulture) == line
            ? number
            : throw new FormatException($"journal head, {expected}");
}
