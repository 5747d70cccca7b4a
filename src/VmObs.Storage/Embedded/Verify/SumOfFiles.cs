namespace VmObs.Storage.Embedded.Verify;

/// <summary>Takes the records that files hold from the sums.</summary>
internal sealed class SumOfFiles : IRecordSink
{
    public bool Wants(ComparedHour hour) => hour.IsCompared;

    public void Take(ComparedHour hour, UInt128 print, long position, in RecordName name) => hour.Sums.Subtract(print);
}
