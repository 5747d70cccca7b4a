using System.Globalization;
using System.Runtime.InteropServices;
using VmObs.Receipts;

namespace VmObs.Api;

/// <summary>A page of receipts: their places in the scroll, in its order, and where the next page begins.</summary>
/// <remarks>Receipts never change, so these places are all that the page's content depends on.</remarks>
internal sealed record ReceiptPage(IReadOnlyList<long> Seqs, string? NextCursor)
{
    private const string Before = "before-", After = "after-";

    /// <summary>What a cursor looks like.</summary>
    public const string WantedCursor = "the next_cursor of an earlier answer, such as before-1234";

    /// <summary>Its content in few bytes.</summary>
    public string Tag => DocumentAnswer.TagOf(MemoryMarshal.AsBytes(Seqs.Append(NextCursor is null ? -1 : -2).ToArray().AsSpan()));

    /// <summary>Looks the page up.</summary>
    public static ReceiptPage Find(IReceiptReader receipts, ReceiptQuery query, RunningQuery running)
    {
        // One more than asked for tells whether there are more.
        running.Budget.Hold((query.Limit + 1L) * sizeof(long));
        var seqs = receipts.Find(query, running.Budget, running.Cancelled).Take(query.Limit + 1).ToList();
        var hasMore = seqs.Count > query.Limit;
        if (hasMore)
            seqs.RemoveAt(query.Limit);
        var cursor = hasMore ? string.Create(CultureInfo.InvariantCulture, $"{(query.NewestFirst ? Before : After)}{seqs[^1]}") : null;
        if (query.NewestFirst)
            seqs.Reverse();
        return new ReceiptPage(seqs, cursor);
    }

    /// <summary>Goes on where a page ended; null when the text is no cursor.</summary>
    public static ReceiptQuery? Continue(ReceiptQuery query, string cursor)
    {
        var isBefore = cursor.StartsWith(Before, StringComparison.Ordinal);
        if (!isBefore && !cursor.StartsWith(After, StringComparison.Ordinal))
            return null;
        if (!long.TryParse(cursor.AsSpan((isBefore ? Before : After).Length), NumberStyles.None, CultureInfo.InvariantCulture, out var seq) || seq == long.MaxValue)
            return null;
        return isBefore ? query with { NewestFirst = true, BeforeSeq = seq } : query with { NewestFirst = false, AfterSeq = seq };
    }
}
