namespace VmObs.Receipts;

/// <summary>Reads the scroll's receipts; today by going through the file, an index may answer later.</summary>
internal interface IReceiptReader
{
    /// <summary>Receipts that answer a query, by rising seq; read as they are taken, without the query's limit.</summary>
    IEnumerable<ReceiptLine> OldestFirst(ReceiptQuery query);

    /// <summary>Receipts that answer a query, by falling seq; read as they are taken, without the query's limit.</summary>
    IEnumerable<ReceiptLine> NewestFirst(ReceiptQuery query);
}

/// <summary>A receipt as it stands in the scroll.</summary>
/// <param name="Seq">Its place, counted from 0.</param>
/// <param name="Json">The line, without its newline.</param>
internal readonly record struct ReceiptLine(long Seq, byte[] Json);
