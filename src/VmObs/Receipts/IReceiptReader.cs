using VmObs.Signals.Ports;

namespace VmObs.Receipts;

/// <summary>Reads the scroll's receipts.</summary>
internal interface IReceiptReader
{
    /// <summary>The places in the scroll (seq) of receipts that answer a query, in the query's order; looked for as they are taken, without its limit.</summary>
    /// <exception cref="QueryLimitException">Looking for them reads more than the budget allows.</exception>
    IEnumerable<long> Find(ReceiptQuery query, QueryBudget budget, CancellationToken cancellationToken);

    /// <summary>A receipt as it stands in the scroll, without its newline.</summary>
    /// <param name="seq">Its place, counted from 0; one that <see cref="Find"/> gave.</param>
    byte[] Read(long seq);
}
