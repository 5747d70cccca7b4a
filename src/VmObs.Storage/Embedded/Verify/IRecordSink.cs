namespace VmObs.Storage.Embedded.Verify;

/// <summary>Gets the records of sealed hours, from the journal or from the files.</summary>
internal interface IRecordSink
{
    /// <summary>Whether records of the hour are of interest.</summary>
    bool Wants(ComparedHour hour);

    /// <summary>Takes a record.</summary>
    /// <param name="hour">The file that holds it, or should.</param>
    /// <param name="print">What it is (<see cref="RecordPrints"/>).</param>
    /// <param name="position">The record of the journal that brought it, or decided it; 0 where a file alone is known to have it.</param>
    /// <param name="name">What it is called.</param>
    void Take(ComparedHour hour, UInt128 print, long position, in RecordName name);
}
