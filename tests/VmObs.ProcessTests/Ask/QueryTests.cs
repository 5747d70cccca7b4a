using VmObs.ProcessTests.House;
using VmObs.ProcessTests.Support;

namespace VmObs.ProcessTests.Ask;

/// <summary>vm-obs query against a running engine, and observability_query_events.py on the same data folder.</summary>
public sealed class QueryTests(SealedHouse house) : IClassFixture<SealedHouse>
{
    private static readonly string s_script = Path.Combine(Programs.RepositoryRoot, "observability_query_events.py");

    /// <summary>SPEC 4's examples, then what their likes would ask.</summary>
    private static readonly string[][] s_questions =
    [
        ["--type", "metric_snapshot", "--from", "2025-12-01"],
        ["--type", "log_batch", "--filter", "log_counts.error > 0"],
        ["--type", "trace_complete", "--filter", "duration_ms > 5000"],
        ["--type", "alert_fired,alert_resolved", "--node", "brick-02"],
        ["--type", "slo_report", "--filter", "overall_status != 'healthy'"],
        ["--type", "anomaly_detected", "--last", "7d"],
        [],
        ["--limit", "2"],
        ["--from", "2025-12-06T14:00:00Z", "--to", "2025-12-06T14:00:01Z"],
        ["--node", "did:vm:node:brick-01", "--filter", "type == 'obs_trace_complete' OR NOT exists log_counts"],
        ["--filter", "period.start >= '2025-12-06T14:00:00+01:00' AND services_reporting =~ '^(guard|port)'"],
        ["--filter", "content_hash =~ 'blake3:[0-9a-f]{64}$' && tags IN ('logs', 'trace') || seq == '0'"],
        ["--filter", "journal.to > 10B AND duration_ms >= 1s"],
        ["--filter", "log_counts.error >"],
        ["--filter", "level >= 'eror'"],
        ["--type", "log_batsh"],
        ["--format", "csv"],
        ["--format", "csv", "--type", "trace_complete,metric_snapshot", "--limit", "3"],
    ];

    [Fact]
    public async Task Both_tools_give_the_same_receipts_and_exit_codes()
    {
        foreach (var question in s_questions)
        {
            string[] arguments = question.Contains("--format") ? question : [.. question, "--format", "json"];
            ProgramRun engine, script;
            string root;
            do
            {
                // The engine's own hours seal while it runs.
                root = await File.ReadAllTextAsync(house.PathOf(SealedHouse.Root), TestContext.Current.CancellationToken);
                engine = await ProgramRun.OfVmObsAsync(house.Engine.Url, ["query", .. arguments]);
                script = await ProgramRun.OfAsync(Tool.Path("python3", "python3"), [s_script, .. arguments, "--data", house.PathOf(".")]);
            }
            while (root != await File.ReadAllTextAsync(house.PathOf(SealedHouse.Root), TestContext.Current.CancellationToken));
            Assert.True((engine.ExitCode, engine.Output) == (script.ExitCode, script.Output), $"{engine}\n{script}");
        }
    }

    [Fact]
    public async Task Parquet_goes_to_a_file_and_DuckDB_reads_it()
    {
        using var folder = new VmObs.Tests.Support.TemporaryFolder();
        var file = Path.Combine(folder.Path, "observability_dec.parquet");
        (await ProgramRun.OfAsync("/bin/sh", ["-c", $"dotnet {Programs.VmObs} query --from 2025-12-01 --format parquet > {file}"], new Dictionary<string, string?> { ["VM_OBS_SERVER"] = house.Engine.Url.ToString() })).Succeeded();
        var lines = (await ProgramRun.OfVmObsAsync(house.Engine.Url, "query", "--from", "2025-12-01", "--format", "json")).Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(lines, VmObs.Tests.Storage.Hours.DuckDb.Query($"select receipt from '{file}' order by seq").Select(row => (string)row[0]!));
    }

    [Fact]
    public async Task A_table_on_a_terminal_has_colours_and_a_pager_and_none_of_them_in_a_pipe()
    {
        var script = Tool.Path("script", "bsdutils");
        var environment = new Dictionary<string, string?> { ["VM_OBS_SERVER"] = house.Engine.Url.ToString(), ["TERM"] = "xterm", ["PAGER"] = "sed s/^/paged:/", ["NO_COLOR"] = null };
        var shown = await ProgramRun.OfAsync(script, ["-qec", $"stty rows 2 cols 200; dotnet {Programs.VmObs} query", "/dev/null"], environment);
        Assert.Contains("paged:\e[1mSEQ", shown.Output, StringComparison.Ordinal);
        var unpaged = await ProgramRun.OfAsync(script, ["-qec", $"stty rows 2 cols 200; dotnet {Programs.VmObs} query --no-pager", "/dev/null"], environment);
        Assert.Contains("\e[1mSEQ", unpaged.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("paged:", unpaged.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("\e", (await ProgramRun.OfVmObsAsync(house.Engine.Url, "query")).Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_that_has_seen_enough_ends_the_command_quietly()
    {
        var run = await ProgramRun.OfAsync(
            "/bin/bash", ["-c", $"set -o pipefail; dotnet {Programs.VmObs} query --output json | head -c 1 > /dev/null"], new Dictionary<string, string?> { ["VM_OBS_SERVER"] = house.Engine.Url.ToString() });
        Assert.Equal((0, ""), (run.ExitCode, run.Errors));
    }
}
