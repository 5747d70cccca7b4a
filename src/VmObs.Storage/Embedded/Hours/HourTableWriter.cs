using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Storage.Disk;
using VmObs.Storage.Parquet;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Writes an hour's Parquet file: the table, the guard of its footer, and the file's hash while it passes.</summary>
/// <remarks>Not thread-safe. The file stays the caller's to dispose.</remarks>
internal sealed class HourTableWriter : IDisposable
{
    private readonly HashingSink _sink;
    private readonly ParquetWriter _writer;

    /// <summary>Begins a new, empty file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">The hour's name, which is kept in the metadata.</param>
    /// <param name="table">Name of the schema.</param>
    /// <param name="columns">The schema.</param>
    /// <param name="format">Name and version of the format: "metrics/2".</param>
    /// <param name="zstdLevel">How hard to compress.</param>
    public HourTableWriter(DiskFile file, HourFile name, string table, IReadOnlyList<ParquetColumn> columns, string format, int zstdLevel)
    {
        _sink = new HashingSink(file);
        _writer = new ParquetWriter(_sink, table, columns, [new(ParquetTable.FormatKey, format), new(ParquetTable.HourKey, name.StoragePath)], zstdLevel);
    }

    /// <summary>Writes a row group and empties the columns.</summary>
    /// <exception cref="IOException">The disk refused; the file is not to be finished.</exception>
    public void WriteRowGroup(int rows, IReadOnlyList<ColumnBuffer> columns) => _writer.WriteRowGroup(rows, columns);

    /// <summary>Writes what ends the file and brings everything to the disk; nothing may follow.</summary>
    /// <returns>The file's hash and its length.</returns>
    /// <exception cref="IOException">The disk refused.</exception>
    public (Digest ContentHash, long Length) Finish()
    {
        using var footer = _writer.Finish();
        Span<byte> guard = stackalloc byte[ParquetFooter.GuardBytes];
        ParquetFooter.WriteGuard(guard, footer.WrittenSpan);
        _sink.Write(guard);
        _sink.Write(footer.WrittenSpan);
        return (_sink.Finish(), _sink.Length);
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();
}
