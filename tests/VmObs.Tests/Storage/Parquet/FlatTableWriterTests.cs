using System.Text;
using VmObs.Storage.Parquet;
using VmObs.Tests.Storage.Hours;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage.Parquet;

public sealed class FlatTableWriterTests : IDisposable
{
    private static readonly FlatColumn[] s_columns =
        [new("text", FlatColumnType.Text), new("integer", FlatColumnType.Integer), new("number", FlatColumnType.Double), new("time", FlatColumnType.Time)];

    private readonly TemporaryFolder _folder = new();

    private string FilePath => Path.Combine(_folder.Path, "table.parquet");

    [Fact]
    public void DuckDB_reads_types_values_and_what_has_no_value()
    {
        Write(table =>
        {
            table.SetText(0, "größe"u8);
            table.SetInteger(1, long.MinValue);
            table.SetDouble(2, double.NegativeInfinity);
            table.SetInteger(3, 1_765_026_000_123_456_789);
            table.EndRow();
            table.EndRow();
            table.SetInteger(1, 7);
            table.EndRow();
        });
        var rows = DuckDb.Query($"select text, integer, number, epoch_ns(time) from '{FilePath}'");
        Assert.Equal(["größe", long.MinValue, double.NegativeInfinity, 1_765_026_000_123_456_000L], rows[0]);
        Assert.Equal([null, null, null, null], rows[1]);
        Assert.Equal([null, 7L, null, null], rows[2]);
        Assert.Equal(["VARCHAR", "BIGINT", "DOUBLE", "TIMESTAMP WITH TIME ZONE"], DuckDb.Query($"select typeof(COLUMNS(*)) from '{FilePath}' limit 1")[0]);
        // DuckDB's times have microseconds; the file keeps all.
        Assert.Contains("NANOS", (string)DuckDb.Query($"select logical_type from parquet_schema('{FilePath}') where name = 'time'")[0][0]!, StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_of_many_row_groups_keep_every_row_in_its_place()
    {
        const int Rows = 150_000;
        Write(table =>
        {
            for (var row = 0; row < Rows; row++)
            {
                if (row % 3 != 0)
                    table.SetInteger(1, row);
                if (row % 5 != 0)
                    table.SetText(0, Encoding.UTF8.GetBytes($"row {row}"));
                table.EndRow();
            }
        });
        var wrong = DuckDb.Query(
            $"""
            select count(*) from (select row_number() over () - 1 as row, text, integer from '{FilePath}')
            where integer is distinct from (case when row % 3 != 0 then row end) or text is distinct from (case when row % 5 != 0 then 'row ' || row end)
            """);
        Assert.Equal(0L, wrong[0][0]);
        Assert.Equal([150_000L, 3L], [DuckDb.Query($"select count(*) from '{FilePath}'")[0][0], DuckDb.Query($"select num_row_groups from parquet_file_metadata('{FilePath}')")[0][0]]);
    }

    [Fact]
    public void A_table_without_rows_is_a_file_with_its_columns()
    {
        Write(static _ => { });
        Assert.Empty(DuckDb.Query($"select text, integer, number, time from '{FilePath}'"));
    }

    public void Dispose() => _folder.Dispose();

    private void Write(Action<FlatTableWriter> write)
    {
        using var file = File.Create(FilePath);
        using var table = new FlatTableWriter(file, "table", s_columns);
        write(table);
        table.Complete();
    }
}
