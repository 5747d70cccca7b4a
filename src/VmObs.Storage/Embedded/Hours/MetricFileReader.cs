using VmObs.Signals.Ports;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Reads metric files. Format: docs/format/metrics.md.</summary>
internal static class MetricFileReader
{
    private static readonly MetricQuery s_all = new(long.MinValue, long.MaxValue, []) { WithDetails = true };

    /// <summary>All series of the file with all their samples, in order of their keys.</summary>
    /// <exception cref="DamagedFileException">The file cannot be read.</exception>
    public static IEnumerable<SeriesSamples> ReadAll(DiskFile file)
    {
        using var scan = new MetricFileScan(file, ParquetFile.ReadMetadata(file, MetricColumns.Formats), new MetricSelection(s_all)) { ChecksCopies = true };
        foreach (var series in scan.Read(CancellationToken.None))
            yield return series;
    }

    /// <summary>The series that the query names, with their samples of its range, in order of their keys; none without samples.</summary>
    /// <remarks>Row groups whose statistics exclude the query are not read, and of the others only the rows asked for.</remarks>
    /// <exception cref="DamagedFileException">The file cannot be read.</exception>
    public static IEnumerable<SeriesSamples> Select(DiskFile file, MetricQuery query)
    {
        using var scan = new MetricFileScan(file, ParquetFile.ReadMetadata(file, MetricColumns.Formats), new MetricSelection(query));
        foreach (var series in scan.Read(CancellationToken.None))
            yield return series;
    }

    /// <summary>Reads everything and computes what its receipt says.</summary>
    /// <param name="file">The file.</param>
    /// <param name="read">Gets each series as well.</param>
    /// <exception cref="DamagedFileException">The file cannot be read.</exception>
    public static MetricFileCheck Verify(DiskFile file, Action<SeriesSamples>? read = null)
    {
        using var verification = new MetricFileVerification(file.Path);
        foreach (var series in ReadAll(file))
        {
            verification.Series(series);
            read?.Invoke(series);
        }
        return verification.ToCheck();
    }
}
