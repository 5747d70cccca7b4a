namespace VmObs.Storage.Embedded.Hours;

/// <summary>Gets the lines that answer a query.</summary>
internal interface ILogLineSink
{
    /// <summary>Whether a line of this time can make a difference; cheap.</summary>
    bool MayTake(long timestampUnixNanos);

    /// <summary>Takes a line that answers.</summary>
    /// <param name="head">What it begins with.</param>
    /// <param name="line">The document; borrowed for the call.</param>
    void Take(in LogLineHead head, ReadOnlySpan<byte> line);
}
