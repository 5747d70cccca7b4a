using System.Buffers.Binary;
using VmObs.Ledger.Hashing;

namespace VmObs.Storage.Embedded.Grams;

/// <summary>The bits of one group: a row a hash value, a column a block, in pages with a tag each. Format: docs/format/grams.md.</summary>
/// <param name="Blocks">Number of columns.</param>
/// <param name="Rows">Number of rows.</param>
/// <param name="Pages">The pages' bytes.</param>
internal sealed record GramMatrix(int Blocks, int Rows, byte[] Pages)
{
    /// <summary>Bytes of a page, its tag at its end: what one look reads and checks.</summary>
    public const int PageBytes = 4096;

    /// <summary>Columns at most.</summary>
    public const int MaxBlocks = 512;

    /// <summary>Rows at most: four times what the grams of the largest block need.</summary>
    public const int MaxRows = GramSet.MaxGrams * BitsPerGram;

    /// <summary>Each gram sets this many of a block's bits.</summary>
    public const int RowsPerGram = 2;

    // One in seven blocks is taken for one that may hold a gram that it does not hold; the next gram leaves one in seven of those.
    private const int BitsPerGram = 4;
    private const int MinRows = 64;
    private const int TagBytes = 16;
    private const int ContentBytes = PageBytes - TagBytes;

    /// <summary>Bytes of a row.</summary>
    public static int Stride(int blocks) => (blocks + 7) / 8;

    /// <summary>Whole rows in a page.</summary>
    public static int RowsInPage(int blocks) => ContentBytes / Stride(blocks);

    /// <summary>Number of pages.</summary>
    public static int PageCount(int blocks, int rows) => (rows + RowsInPage(blocks) - 1) / RowsInPage(blocks);

    /// <summary>One of a gram's rows.</summary>
    /// <param name="gram">The gram.</param>
    /// <param name="which">0 up to <see cref="RowsPerGram"/>.</param>
    /// <param name="rows">Number of rows.</param>
    public static int RowOf(uint gram, int which, int rows)
    {
        // Chosen grams are small numbers, as minima are: spread them again.
        var mixed = Math.Max(gram, 1) * (which == 0 ? 0xC2B2AE35 : 0x27D4EB2F);
        mixed ^= mixed >> 15;
        mixed *= 0x2C1B3C6D;
        return (int)(((ulong)mixed * (uint)rows) >> 32);
    }

    /// <summary>Whether a page is as it was written.</summary>
    /// <param name="page">The page; its tag is written over.</param>
    /// <param name="number">Its number in the group.</param>
    /// <param name="key">The group's.</param>
    public static bool IsWhole(Span<byte> page, int number, Blake3Mode key)
    {
        var tag = BinaryPrimitives.ReadUInt128LittleEndian(page[ContentBytes..]);
        return TagOf(page, number, key) == tag;
    }

    /// <summary>Tags the pages.</summary>
    /// <param name="key">The group's.</param>
    public void Tag(Blake3Mode key)
    {
        for (var number = 0; number < Pages.Length / PageBytes; number++)
        {
            var page = Pages.AsSpan(number * PageBytes, PageBytes);
            BinaryPrimitives.WriteUInt128LittleEndian(page[ContentBytes..], TagOf(page, number, key));
        }
    }

    /// <summary>Makes a group's bits; its pages are not tagged yet.</summary>
    /// <param name="grams">All blocks' grams, one block after the other.</param>
    /// <param name="counts">Each block's number of grams; −1 for a block that may hold anything.</param>
    public static GramMatrix Of(ReadOnlySpan<uint> grams, ReadOnlySpan<int> counts)
    {
        var rows = RowsFor(counts);
        var pages = new byte[PageCount(counts.Length, rows) * PageBytes];
        // A byte a row for eight blocks at a time: the pages themselves are too large to be at hand for every gram.
        var (columns, block) = (new byte[rows], 0);
        for (var first = 0; first < counts.Length; first += 8)
        {
            Array.Clear(columns);
            foreach (var count in counts[first..Math.Min(first + 8, counts.Length)])
            {
                SetBits(columns, grams[..Math.Max(count, 0)], count < 0, (byte)(1 << (block++ % 8)));
                grams = grams[Math.Max(count, 0)..];
            }
            CopyTo(pages, columns, counts.Length, first / 8);
        }
        return new GramMatrix(counts.Length, rows, pages);
    }

    // Over the content and, where the tag is going to stand, the page's number.
    private static UInt128 TagOf(Span<byte> page, int number, Blake3Mode key)
    {
        BinaryPrimitives.WriteInt32LittleEndian(page[ContentBytes..], number);
        var hash = Blake3.Hash(page[..(ContentBytes + sizeof(int))], key);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash.Span);
    }

    private static void SetBits(byte[] columns, ReadOnlySpan<uint> grams, bool isUnknown, byte bit)
    {
        if (isUnknown)
        {
            foreach (ref var column in columns.AsSpan())
                column |= bit;
        }
        foreach (var gram in grams)
        {
            for (var which = 0; which < RowsPerGram; which++)
                columns[RowOf(gram, which, columns.Length)] |= bit;
        }
    }

    private static void CopyTo(byte[] pages, ReadOnlySpan<byte> columns, int blocks, int place)
    {
        var (stride, rowsInPage) = (Stride(blocks), RowsInPage(blocks));
        for (var page = 0; !columns.IsEmpty; page += PageBytes)
        {
            var here = columns[..Math.Min(rowsInPage, columns.Length)];
            for (var row = 0; row < here.Length; row++)
                pages[page + (row * stride) + place] = here[row];
            columns = columns[here.Length..];
        }
    }

    // For the block in which a gram typically is: small blocks beside large ones do not make these coarse.
    private static int RowsFor(ReadOnlySpan<int> counts)
    {
        long sum = 0, squares = 0;
        foreach (var count in counts)
        {
            sum += Math.Max(count, 0);
            squares += (long)Math.Max(count, 0) * Math.Max(count, 0);
        }
        return (int)Math.Max(MinRows, sum == 0 ? 0 : squares / sum * BitsPerGram);
    }
}
