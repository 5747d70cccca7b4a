using VmObs.Cli;
using VmObs.Cli.Output;
using VmObs.Signals.Traces;
using VmObs.Tests.Storage.Hours;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Cli;

public sealed class SqlCommandTests
{
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    [Theory]
    [InlineData("select level, service, node, message, timestamp from logs", """{"level":"error","service":"guardian","node":"brick-01","message":"it's a","timestamp":"2025-12-06T13:00:10.000000Z"}""")]
    [InlineData("select metric, node, value, labels->>'service' s from metrics order by value;", """{"metric":"cpu_percent","node":"brick-01","value":2.5,"s":"guardian"}""")]
    [InlineData("select span_id, service, duration_ms from traces -- all of them", """{"span_id":"0000000000000001","service":"guardian","duration_ms":9000.0}""")]
    [InlineData("select receipt->>'$.log_counts.error' errors, period_end from receipts where type = 'obs_log_batch'", """{"errors":"1","period_end":"2025-12-06T14:00:00.000000Z"}""")]
    [InlineData("select 'nan'::double a, null::double b, '-inf'::double c, 3::hugeint d, true e", """{"a":"NaN","b":null,"c":"-Inf","d":3,"e":true}""")]
    public async Task Views_have_the_receipts_and_sealed_hours(string sql, string want)
    {
        await using var engine = await SealedAsync();
        Assert.True(await RunAsync(engine, sql, "json") == 0, _error.ToString());
        Assert.Equal(want + "\n", _out.ToString());
    }

    [Fact]
    public async Task Views_without_files_have_their_columns()
    {
        await using var engine = await EngineFolder.OpenAsync();
        foreach (var view in (string[])["logs", "metrics", "traces", "receipts"])
        {
            Assert.True(await RunAsync(engine, $"select * from {view}", "csv") == 0, _error.ToString());
            Assert.Contains("timestamp", _out.ToString().Replace("start_time", "timestamp", StringComparison.Ordinal), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("selec 1", "Parser Error")]
    [InlineData("select mesage from logs", "message")]
    [InlineData("select 1) ; drop view logs; select (2", "Parser Error")]
    [InlineData("copy logs to '{0}/out.csv'", "Parser Error")]
    [InlineData("select * from read_text('/etc/hostname')", "disabled by configuration")]
    public async Task What_is_no_query_or_leaves_the_folder_is_refused(string sql, string want)
    {
        await using var engine = await SealedAsync();
        var before = Directory.GetFiles(engine.Folder, "*", SearchOption.AllDirectories);
        Assert.Equal(2, await RunAsync(engine, sql.Replace("{0}", engine.Folder, StringComparison.Ordinal), "json"));
        Assert.Contains(want, _error.ToString(), StringComparison.Ordinal);
        Assert.Empty(_out.ToString());
        Assert.Equal(before, Directory.GetFiles(engine.Folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task A_file_of_which_a_part_has_expired_is_left_out_and_said()
    {
        await using var engine = await SealedAsync();
        File.WriteAllBytes(engine.PathOf("telemetry/logs/2025-12-06/hour-14.jsonl.gz.outboard"), []);
        Assert.Equal(0, await RunAsync(engine, "select count(*) n from logs", "json"));
        Assert.Equal("{\"n\":0}\n", _out.ToString());
        Assert.Contains("1 files of which a part has expired are left out", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parquet_has_the_columns_types()
    {
        await using var engine = await SealedAsync();
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "rows.parquet");
        await using (var stream = File.Create(file))
            Assert.Equal(0, await CommandLine.RunAsync(["sql", "select timestamp, value, 7 n, metric from metrics", "--data", engine.Folder, "-o", "parquet"], ATerminal() with { OpenBytes = () => stream }));
        Assert.Equal(["TIMESTAMP WITH TIME ZONE", "DOUBLE", "BIGINT", "VARCHAR"], DuckDb.Query($"select typeof(columns(*)) from '{file}' limit 1")[0]);
    }

    [Fact]
    public async Task A_folder_without_data_is_told()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(1, await CommandLine.RunAsync(["sql", "select 1", "--data", folder.Path], ATerminal()));
        Assert.Contains("want a data folder", _error.ToString(), StringComparison.Ordinal);
    }

    private static async Task<EngineFolder> SealedAsync()
    {
        var engine = await EngineFolder.OpenAsync();
        await engine.LogsAsync(Samples.Log(10, "it's a", 17));
        await engine.MetricsAsync(Samples.Gauge("cpu_percent", (1, 2.5)));
        await engine.TracesAsync(Samples.Span(new TraceId(1, 2), 1, 0, 10, 9));
        await engine.Store.SealEndedHoursAsync(TestContext.Current.CancellationToken);
        return engine;
    }

    private Task<int> RunAsync(EngineFolder engine, string sql, string format)
    {
        _out.GetStringBuilder().Clear();
        _error.GetStringBuilder().Clear();
        return CommandLine.RunAsync(["sql", sql, "--data", engine.Folder, "--output", format], ATerminal());
    }

    private Terminal ATerminal() => new(_out, _error, static _ => null, IsPiped: true);
}
