namespace VmObs.Storage.Embedded.Verify;

/// <summary>Adds up the records that the journal brought.</summary>
internal sealed class SumOfJournal : IRecordSink
{
    public bool Wants(ComparedHour hour) => hour.IsCompared;

    public void Take(ComparedHour hour, UInt128 print, long position, in RecordName name) => hour.Sums.Add(print);
}
