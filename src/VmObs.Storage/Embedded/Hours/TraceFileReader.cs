using VmObs.Ledger.Remains;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Storage.Disk;
using VmObs.Storage.Parquet;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Reads trace files. Format: docs/format/traces.md.</summary>
internal static class TraceFileReader
{
    /// <summary>The spans of one trace as canonical records, decision by decision; none for an id that is not there.</summary>
    /// <remarks>Row groups whose statistics exclude the id are not read, and of the others only its rows.</remarks>
    /// <exception cref="DamagedFileException">The file cannot be read.</exception>
    public static List<ReadOnlyMemory<byte>> Find(DiskFile file, TraceId id, RemainsHead? remains = null)
    {
        using var opened = new TraceFileIndex(file, default, remains, new TraceFileCache(0), QueryBudget.Unlimited());
        return opened.Find([SoughtTrace.Of(id)]);
    }

    /// <summary>Reads everything and computes what its receipts say.</summary>
    /// <exception cref="DamagedFileException">The file cannot be read.</exception>
    public static TraceFileCheck Verify(DiskFile file, RemainsHead? remains = null)
    {
        using var verification = new TraceFileVerification(file.Path);
        using var opened = ParquetFile.Open(file, TraceColumns.Formats, remains);
        using var groups = new TraceRowGroups(opened);
        foreach (var group in groups.Remaining)
        {
            verification.BeginRowGroup(groups.ReadFilter(group));
            foreach (var (key, record) in groups.ReadAll(group))
                verification.Span(key, record);
        }
        return verification.ToCheck();
    }

    /// <summary>How many of the row groups hold failed traces: those come first.</summary>
    /// <exception cref="DamagedFileException">The file cannot be read.</exception>
    public static int FailedRowGroups(DiskFile file)
    {
        using var opened = ParquetFile.Open(file, TraceColumns.Formats);
        using var groups = new TraceRowGroups(opened);
        var failed = 0;
        var last = default(TraceKey);
        foreach (var group in groups.Remaining)
        {
            var (hasError, first, end) = groups.ReadEnds(group);
            // A large trace goes on in the next row group, which then may hold none of its failed spans.
            if (hasError || (failed == group && group > 0 && first == last))
                failed = group + 1;
            last = end;
        }
        return failed;
    }
}
