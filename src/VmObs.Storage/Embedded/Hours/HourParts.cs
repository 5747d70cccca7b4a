using VmObs.Ledger.Remains;
using VmObs.Signals;
using VmObs.Signals.Logs;
using VmObs.Signals.Traces;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Which bytes of a sealed file hold the records of which retention class.</summary>
/// <param name="Parts">Class by class: what to drop with it.</param>
/// <param name="Kept">Bytes that readers need whatever is dropped, and that are to be checked as they remain.</param>
internal sealed record HourParts(IReadOnlyDictionary<ExpiryClass, IReadOnlyList<ByteRange>> Parts, ByteRange Kept)
{
    /// <summary>The classes of which the file holds records.</summary>
    public ExpiryClasses Classes => ExpiryClasses.Of(Parts.Keys);

    /// <summary>Reads them from a file of which nothing is gone, or of which all that is gone is told.</summary>
    /// <exception cref="DamagedFileException">The file cannot be read.</exception>
    public static HourParts Read(Signal signal, SealedFile file)
    {
        var gone = new ExpiryClasses(file.Remains?.GoneClasses ?? 0);
        var parts = signal switch
        {
            Signal.Logs => OfLogs(file.File),
            Signal.Traces => OfTraces(file),
            _ => new HourParts(new Dictionary<ExpiryClass, IReadOnlyList<ByteRange>> { [ExpiryClass.Metrics] = [new ByteRange(0, file.File.Length)] }, default),
        };
        return parts with { Parts = parts.Parts.Where(part => !gone.Has(part.Key)).ToDictionary() };
    }

    private static HourParts OfLogs(DiskFile file)
    {
        var blocks = LogFileReader.ReadTable(file).GroupBy(block => block.Class);
        return new HourParts(blocks.ToDictionary(
            blocks => blocks.Key.Expiry(),
            blocks => ByteRange.Join(blocks.Select(block => new ByteRange(block.Offset, block.Length)))), default);
    }

    /// <summary>Failed traces stand first, and no row group mixes classes.</summary>
    private static HourParts OfTraces(SealedFile file)
    {
        var failed = TraceFileReader.FailedRowGroups(file.File);
        var layout = ParquetLayout.Read(file.File);
        var parts = new Dictionary<ExpiryClass, IReadOnlyList<ByteRange>>();
        Add(ExpiryClass.TracesError, layout.Groups.Take(failed));
        Add(ExpiryClass.TracesOk, layout.Groups.Skip(failed));
        return new HourParts(parts, layout.Footer);

        void Add(ExpiryClass of, IEnumerable<ParquetLayout.Group> groups)
        {
            var ranges = ByteRange.Join(groups.SelectMany(group => group.Copies.Prepend(group.Pages)));
            if (ranges.Count > 0)
                parts.Add(of, ranges);
        }
    }
}
