using System.Globalization;
using VmObs.Ledger.Hashing;

namespace VmObs.Ledger.Checkpoints;

/// <summary>What the answer to a request says of its place in the journal, for its sender to keep. Format: docs/format/journal.md.</summary>
/// <param name="Position">The journal's record of the request; at least 1.</param>
/// <param name="Chain">The journal's chain after that record: it commits to the request and to all before it.</param>
public readonly record struct IngestReceipt(long Position, Digest Chain)
{
    // 19 digits, a colon, 64 hex digits.
    private const int MaxChars = 19 + 1 + (2 * Digest.Bytes);

    /// <summary>"17:" and the chain in lower-case hex.</summary>
    public override string ToString()
    {
        Span<char> text = stackalloc char[MaxChars];
        Position.TryFormat(text, out var digits, default, CultureInfo.InvariantCulture);
        text[digits] = ':';
        var chain = Chain;
        Convert.TryToHexStringLower(chain.Span, text[(digits + 1)..], out var hex);
        return new string(text[..(digits + 1 + hex)]);
    }

    /// <summary>Reads what <see cref="ToString"/> writes; false for any other text.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out IngestReceipt receipt)
    {
        receipt = default;
        var colon = text.IndexOf(':');
        if (colon is < 1 or > 19 || text[0] == '0'
            || !long.TryParse(text[..colon], NumberStyles.None, CultureInfo.InvariantCulture, out var position)
            || !Digest.TryParseHex(text[(colon + 1)..], out var chain))
            return false;
        receipt = new IngestReceipt(position, chain);
        return true;
    }
}
