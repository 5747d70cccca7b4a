using System.CommandLine;
using VmObs.Cli;
using VmObs.Cli.Output;
using VmObs.Signals.Traces;
using VmObs.Tests.Storage.Hours;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Cli;

public sealed class CommandLineTests
{
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    [Theory]
    [InlineData(new string[0], "Required command")]
    [InlineData(new[] { "logs", "qurey" }, "qurey: `vm-obs logs` has no such command; did you mean query?")]
    [InlineData(new[] { "log", "query" }, "vm-obs: log: `vm-obs` has no such command; did you mean logs?\n`vm-obs --help` says what can stand here\n")]
    [InlineData(new[] { "logs", "quer", "--level", "x", "y" }, "vm-obs: quer: `vm-obs logs` has no such command; did you mean query?\n`vm-obs logs --help` says what can stand here\n")]
    [InlineData(new[] { "logs", "query", "--servcie", "x" }, "--servcie: `vm-obs logs query` has no such option; did you mean --service?")]
    [InlineData(new[] { "logs", "query", "--sever", "x" }, "did you mean --server?")]
    [InlineData(new[] { "logs", "query", "--limit", "ten" }, "--limit: got \"ten\", want a whole number")]
    [InlineData(new[] { "logs", "query", "--output", "xml" }, "--output: got \"xml\", want csv, json, jsonl, parquet, table")]
    [InlineData(new[] { "logs", "query", "-o", "parqet" }, "did you mean parquet?")]
    [InlineData(new[] { "root", "now" }, "now: `vm-obs root` has no such argument")]
    [InlineData(new[] { "logs", "search" }, "search")]
    [InlineData(new[] { "trace", "show" }, "show")]
    [InlineData(new[] { "root", "--server", "nowhere" }, "want a URL")]
    [InlineData(new[] { "serve", "--listen", "0.0.0.0:1", "--otlp-grpc", "x" }, "--otlp-grpc: got \"x\"")]
    [InlineData(new[] { "serve", "--config", "/nowhere/vm-obs.yaml" }, "/nowhere/vm-obs.yaml")]
    [InlineData(new[] { "verify", "--data", "/nowhere" }, "Is /nowhere a data folder")]
    [InlineData(new[] { "verify", "--vkey", "x" }, "--vkey")]
    public async Task A_wrong_command_line_is_exit_code_2_with_a_reason_on_stderr(string[] arguments, string want)
    {
        Assert.Equal(2, await RunAsync(arguments));
        Assert.Contains(want, _error.ToString(), StringComparison.Ordinal);
        Assert.Empty(_out.ToString());
    }

    [Fact]
    public async Task All_that_is_wrong_with_serve_is_said_at_once()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, "stroage: {}\n");
        Assert.Equal(2, await RunAsync("serve", "--listen", "0.0.0.0:1", "--config", file));
        File.Delete(file);
        Assert.Contains("--listen: got \"0.0.0.0:1\"", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains($"{file}:1:1: stroage", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_names_the_exit_codes()
    {
        Assert.Equal(0, await RunAsync("--help"));
        Assert.Contains("3 the engine cannot be reached", _out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Help_of_a_command_begins_with_examples_and_ends_with_the_exit_codes()
    {
        Assert.Equal(0, await RunAsync("logs", "query", "--help"));
        Assert.StartsWith("Examples:\n  vm-obs logs query --service guardian --level error --last 24h\n", _out.ToString(), StringComparison.Ordinal);
        Assert.EndsWith(ExitCodes.Help + "\n", _out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_example_in_help_is_a_command_line_that_parses()
    {
        var root = CommandLine.Create(new Terminal(_out, _error, static _ => null, IsPiped: true));
        var examples = CommandsOf(root).OfType<DocumentedCommand>().SelectMany(static command => command.Examples).Where(static line => !line.StartsWith('#')).ToList();
        Assert.NotEmpty(examples);
        foreach (var example in examples)
        {
            // What stands behind a pipe or an arrow is the shell's.
            var end = example.IndexOfAny(['>', '|'], example.LastIndexOf('"') + 1);
            var line = end < 0 ? example : example[..end];
            // A shell may stand around it: source <(vm-obs completion bash).
            var start = line.IndexOf("vm-obs ", StringComparison.Ordinal);
            Assert.True(start >= 0, example);
            Assert.Empty(root.Parse(line[(start + "vm-obs ".Length)..].TrimEnd(')')).Errors.Select(error => $"{example}: {error.Message}"));
        }

        static IEnumerable<Command> CommandsOf(Command command) => command.Subcommands.SelectMany(CommandsOf).Prepend(command);
    }

    [Fact]
    public async Task Csv_is_a_header_and_a_record_a_line_with_nested_values_as_json()
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.LogsAsync(Samples.Log(10, "said \"no\", twice", 17));
        Assert.Equal(0, await RunAsync(front, "logs", "query", "--last", "2h", "--output", "csv"));
        var lines = _out.ToString().Split("\r\n");
        Assert.Equal("timestamp,level,service,node,message,attributes,trace_id,span_id,caller,log_id", lines[0]);
        Assert.StartsWith("2025-12-06T13:00:10.000Z,error,guardian,did:vm:node:brick-01,\"said \"\"no\"\", twice\",", lines[1], StringComparison.Ordinal);
        Assert.Equal("", Assert.Single(lines[2..]));
    }

    [Fact]
    public async Task Parquet_is_refused_on_a_terminal_with_what_to_do()
    {
        await using var front = await EngineFront.StartAsync();
        var terminal = new Terminal(_out, _error, name => name == "VM_OBS_SERVER" ? front.Main.BaseAddress!.ToString() : null, IsPiped: false);
        Assert.Equal(2, await CommandLine.RunAsync(["metrics", "query", "--output", "parquet"], terminal));
        Assert.Contains("--output parquet > metrics.parquet", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parquet_of_samples_has_typed_columns_for_DuckDB()
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.MetricsAsync(Samples.Gauge("cpu_percent", (1, 2.5), (2, double.NaN)));
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "metrics.parquet");
        await using (var stream = File.Create(file))
        {
            var terminal = new Terminal(_out, _error, name => name == "VM_OBS_SERVER" ? front.Main.BaseAddress!.ToString() : null, IsPiped: true) { OpenBytes = () => stream };
            Assert.Equal(0, await CommandLine.RunAsync(["metrics", "query", "--last", "2h", "--output", "parquet"], terminal));
        }
        var row = Assert.Single(DuckDb.Query($"select metric, node, labels, value, unit, epoch_ns(timestamp), typeof(timestamp), histogram from '{file}' where not isnan(value)"));
        Assert.Equal(["cpu_percent", "did:vm:node:brick-01"], row[..2]);
        Assert.StartsWith("{\"", (string)row[2]!, StringComparison.Ordinal);
        Assert.Equal([2.5, "%", 1_765_026_001_000_000_000L, "TIMESTAMP WITH TIME ZONE", null], row[3..]);
        Assert.Equal(2L, DuckDb.Query($"select count(*) from '{file}'")[0][0]);
    }

    [Fact]
    public async Task An_engine_that_is_not_there_is_exit_code_3_with_what_to_do()
    {
        Assert.Equal(3, await RunAsync("logs", "query", "--server", "http://127.0.0.1:1"));
        Assert.Contains("vm-obs serve", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logs_are_a_table_for_people_and_the_servers_lines_for_programs()
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.LogsAsync(Samples.Log(10, "first\u001b[2J\nline", 17), Samples.Log(20, "second"), Samples.Log(30, "other", 9, Samples.Portal));
        Assert.Equal(0, await RunAsync(front, "logs", "query", "--last", "2h", "--service", "guardian", "--order", "oldest"));
        var rows = Rows();
        Assert.StartsWith("TIME", rows[0], StringComparison.Ordinal);
        Assert.Matches(@"^2025-12-06T13:00:10.000Z +error +guardian +brick-01 +first\ufffd\[2J line$", rows[1]);
        Assert.Equal(3, rows.Length);

        Assert.Equal(0, await RunAsync(front, "logs", "search", "SECOND", "--last", "2h", "--format", "jsonl"));
        Assert.Equal(await front.GetAsync("/obs/logs?last=2h&text=second"), _out.ToString());
        Assert.Equal(0, await RunAsync(front, "logs", "query", "--last", "2h", "--level", "error", "--node", "did:vm:node:brick-01", "--output", "json"));
        Assert.Single(Rows());
    }

    [Fact]
    public async Task Limits_and_empty_answers_are_said_on_stderr()
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.LogsAsync(Samples.Log(10, "a"), Samples.Log(20, "b"));
        Assert.Equal(0, await RunAsync(front, "logs", "query", "--last", "2h", "--limit", "1"));
        Assert.Contains("stopped at the limit of 1 log records", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync(front, "logs", "query", "--last", "1m"));
        Assert.Equal("no log records match\n", _error.ToString());
        Assert.Empty(_out.ToString());
    }

    [Fact]
    public async Task The_servers_own_words_come_through()
    {
        await using var front = await EngineFront.StartAsync();
        Assert.Equal(2, await RunAsync(front, "logs", "query", "--level", "warning"));
        Assert.StartsWith("vm-obs: a parameter cannot be used: --level: got \"warning\", want ", _error.ToString(), StringComparison.Ordinal);
        foreach (var id in (string[])["trace-ffffffffffffffffffffffffffffffff", "00000000000000000000000000000000", "trace-zzz999", "5"])
        {
            Assert.Equal(1, await RunAsync(front, "trace", "show", id));
            Assert.StartsWith($"vm-obs: no such trace: ID: got \"{id}\", want ", _error.ToString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("--last: got \"1h\", want either --last or --from, not both\n", "query", "--last", "1h", "--from", "-2h")]
    [InlineData("--to: got \"2025-12-06\", want a time after --from (2025-12-06T00:00:00Z)\n", "logs", "query", "--from", "2025-12-06", "--to", "2025-12-06")]
    [InlineData("--query: got \"nowhere\", want conditions and a time (--from, --to, --last) that one has\n", "proof", "log", "--text", "nowhere", "--out", "x")]
    [InlineData("--id: got \"none\", want conditions and a time (--from, --to, --last) that one has\n", "proof", "log", "--id", "none", "--out", "x")]
    [InlineData("--seq: got \"99\", want 0 to 0\n", "proof", "receipt", "--seq", "99", "--out", "x")]
    [InlineData("--order: got \"up\", want newest, oldest\n", "logs", "query", "--order", "up")]
    public async Task What_the_server_says_of_a_parameter_names_the_option(string words, params string[] arguments)
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.LogsAsync(Samples.Log(10, "here"));
        await front.Engine.SealAsync();
        Assert.NotEqual(0, await RunAsync(front, arguments));
        Assert.EndsWith(words, _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hints_and_examples_begin_as_the_program_was_called()
    {
        var terminal = new Terminal(_out, _error, static name => name == "VM_OBS_COMMAND" ? "./vm-obs" : null, IsPiped: true);
        Assert.Equal(3, await CommandLine.RunAsync(["root", "--server", "http://127.0.0.1:1"], terminal));
        Assert.Contains("Start an engine with `./vm-obs serve`", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, await CommandLine.RunAsync(["rot"], terminal));
        Assert.EndsWith("`./vm-obs --help` says what can stand here\n", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await CommandLine.RunAsync(["root", "--help"], terminal));
        Assert.StartsWith("Examples:\n  ./vm-obs root\n", _out.ToString(), StringComparison.Ordinal);
        // A path that ends in the name is no command; one in brackets is.
        Assert.Equal(0, await CommandLine.RunAsync(["serve", "--help"], terminal));
        Assert.Contains("\n  ./vm-obs serve --data /var/lib/vm-obs --config vm-obs.yaml\n", _out.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await CommandLine.RunAsync(["completion", "--help"], terminal));
        Assert.Contains("\n  source <(./vm-obs completion bash)\n", _out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_are_asked_by_node_name_and_labels()
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.MetricsAsync(Samples.Gauge("cpu_percent", (1, 2.5)), Samples.Gauge("memory_percent", (1, 50)));
        Assert.Equal(0, await RunAsync(front, "metrics", "query", "--node", "brick-01", "--metric", "cpu_percent", "--label", "service=guardian", "--last", "2h"));
        Assert.Matches(@"^METRIC +NODE +SERVICE +LABELS +LAST +MIN +MAX +AVG +SAMPLES +UNIT$", Rows()[0]);
        Assert.Matches(@"^cpu_percent +brick-01 +guardian +2.5 +2.5 +2.5 +2.5 +1 +%$", Rows()[1]);
        Assert.Equal(0, await RunAsync(front, "metrics", "query", "--label", "service=portal", "--last", "2h"));
        Assert.Empty(_out.ToString());
    }

    [Fact]
    public async Task A_trace_is_a_tree_with_durations()
    {
        await using var front = await EngineFront.StartAsync();
        var id = new TraceId(1, 2);
        await front.Engine.TracesAsync(Samples.Span(id, 1, 0, 10, 2), Samples.Span(id, 2, 1, 10.5, 1, failed: true), Samples.Span(id, 3, 2, 11, 0.25), Samples.Span(id, 4, 9, 11, 0.1));
        Assert.Equal(0, await RunAsync(front, "trace", "show", id.ToString()));
        var rows = Rows();
        Assert.StartsWith("span-1  2025-12-06T13:00:10.000Z  2000 ms  error", rows[0], StringComparison.Ordinal);
        Assert.Matches("^  SPAN +SERVICE +START +TIME  0 ms +2000 ms$", rows[1]);
        Assert.Matches("^\\* span-1 +guardian@brick-01 +0 ms +2000 ms  █+░+█+$", rows[2]);
        Assert.Matches("^\\* └ span-2 +guardian@brick-01 +500 ms +1000 ms  +█+░+█+ +ERROR$", rows[3]);
        Assert.Matches("^\\*   └ span-3 +guardian@brick-01 +1000 ms +250 ms  +█+$", rows[4]);
        // Its parent never came.
        Assert.Matches("^  span-4 +guardian@brick-01 +1000 ms +100 ms  +░+$", rows[5]);
        Assert.Equal(rows[1].Length, rows[2].Length);
        Assert.Equal(0, await RunAsync(front, "trace", "show", id.ToString(), "--output", "json"));
        Assert.StartsWith($"{{\"trace_id\":\"{id}\"", _out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Traces_are_searched_as_the_specification_writes_it()
    {
        await using var front = await EngineFront.StartAsync();
        for (byte i = 1; i <= 4; i++)
            await front.Engine.TracesAsync(Samples.Span(new TraceId(i, 2), 1, 0, i, i * 0.5, failed: i == 3, attributes: new OtlpAttribute("http.method", i % 2 == 0 ? "GET" : "POST")));
        Assert.Equal(0, await RunAsync(front, "trace", "search", "--service", "guardian", "--duration", ">1s", "--last", "24h"));
        var rows = Rows();
        Assert.Matches(@"^2025-12-06T13:00:04.000Z +2000 ms +ok +guardian +span-1 +1 +0 +00000000000000040000000000000002 +guardian$", rows[1]);
        Assert.Matches(@"^2025-12-06T13:00:03.000Z +1500 ms +error ", rows[2]);
        Assert.Equal(3, rows.Length);
        Assert.Equal(0, await RunAsync(front, "trace", "search", "--tag", "http.method=POST", "--status", "error", "--filter", "span_count == 1", "--last", "24h", "--output", "csv"));
        Assert.Equal("00000000000000030000000000000002,span-1,guardian,2025-12-06T13:00:03.000Z,2025-12-06T13:00:04.500Z,1500,error,1,1,\"[\"\"guardian\"\"]\"", Rows()[1].TrimEnd('\r'));
        Assert.Equal(2, await RunAsync(front, "trace", "search", "--duration", "1s"));
        Assert.Contains("duration: got \"1s\", want >1s", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync(front, "trace", "search", "--service", "nobody", "--last", "24h"));
        Assert.Equal("no traces match\n", _error.ToString());
    }

    [Fact]
    public async Task A_trace_is_named_by_its_first_digits_and_those_of_several_are_listed()
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.TracesAsync(Samples.Span(new TraceId(0x4bf9_0000_0000_0001, 2), 1, 0, 1, 1), Samples.Span(new TraceId(0x4bf8_0000_0000_0001, 2), 1, 0, 2, 1));
        Assert.Equal(0, await RunAsync(front, "trace", "show", "4BF9"));
        Assert.Contains("4bf90000000000010000000000000002", Rows()[0], StringComparison.Ordinal);
        Assert.Equal(2, await RunAsync(front, "trace", "show", "trace-4bf"));
        Assert.EndsWith(
            "ID: got \"trace-4bf\", want more digits; 2 traces begin with these:\n  4bf80000000000010000000000000002\n  4bf90000000000010000000000000002\n",
            _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(1, await RunAsync(front, "trace", "show", "5"));
    }

    [Fact]
    public async Task A_bottleneck_is_named_and_compared_with_what_is_usual()
    {
        await using var front = await EngineFront.StartAsync();
        for (byte i = 1; i <= 10; i++)
            await front.Engine.TracesAsync(Samples.Span(new TraceId(1, i), 1, 0, i, 1), Samples.Span(new TraceId(1, i), 2, 1, i + 0.1, i == 10 ? 0.8 : 0.2));
        Assert.Equal(0, await RunAsync(front, "trace", "analyze", new TraceId(1, 10).ToString(), "--find-bottleneck"));
        var rows = Rows();
        Assert.Equal("bottleneck: span-2 of guardian on brick-01 (span 0000000000000002): the trace waited 800 ms for its own work, 80.0 % of all", rows[1]);
        Assert.Equal("it took 800 ms; 9 such spans of the six hours before took 200 ms (median), 95 % of them at most 200 ms", rows[2]);
        Assert.Equal("critical path, in order of time", rows[3]);
        Assert.Matches(@"^100 ms +800 ms +80\.0 % +guardian +span-2 +brick-01$", rows[6]);
        Assert.Equal(0, await RunAsync(front, "trace", "analyze", new TraceId(1, 10).ToString(), "--output", "json"));
        Assert.Contains("\"usual\":{\"compared\":0}", _out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sealing_shows_files_and_the_ledger_can_be_asked_and_verified()
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.LogsAsync(Samples.Log(10, "a"));
        Assert.Equal(0, await RunAsync(front, "seal"));
        Assert.StartsWith("telemetry/logs/2025-12-06/hour-14.jsonl.gz  ", Rows()[1], StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync(front, "seal"));
        Assert.Empty(_out.ToString());
        Assert.Equal(0, await RunAsync(front, "query", "--type", "log_batch,metric_snapshot"));
        Assert.Contains("obs_log_batch  1 info  telemetry/logs/", Rows()[1], StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync(front, "query", "--output", "json"));
        Assert.Equal(File.ReadAllText(front.Engine.Ledger.FilePath), _out.ToString());
        Assert.Equal(0, await RunAsync(front, "root"));
        Assert.Equal("1", Rows()[1]);

        Assert.Equal(0, await RunAsync("verify", "--data", front.Engine.Folder, "--vkey", front.Engine.Ledger.PublicKey.ToVerifierKey()));
        Assert.Matches("^1 receipts, 1 sealed files of [0-9]+ bytes, 0 open files, 0 findings; signed by ", _out.ToString());
        Assert.Equal(0, await RunAsync("verify", "--data", front.Engine.Folder, "--records"));
        Assert.Matches("^1 receipts, 1 sealed files of [0-9]+ bytes with their records, ", _out.ToString());
        File.Delete(front.Engine.PathOf("telemetry/logs/2025-12-06/hour-14.jsonl.gz"));
        Assert.Equal(1, await RunAsync("verify", "--data", front.Engine.Folder, "--output", "json"));
        Assert.StartsWith("{\"finding\":\"telemetry/logs/2025-12-06/hour-14.jsonl.gz: found no readable file", Rows()[0], StringComparison.Ordinal);
        Assert.Matches("\"records_read\":false,.*\"findings\":1,", Rows()[1]);
    }

    [Fact]
    public async Task A_configuration_is_checked_without_starting_anything()
    {
        using var folder = new TemporaryFolder();
        var file = folder.File("vm-obs.yaml", "storage:\n  memry: 1GiB\nlimits:\n  query_time: soon\n"u8.ToArray());
        Assert.Equal(1, await RunAsync("config", "check", file));
        Assert.Contains($"{file}:2:3: storage.memry: got an unknown key", _out.ToString(), StringComparison.Ordinal);
        Assert.Contains($"{file}:4:15: limits.query_time: got \"soon\"", _out.ToString(), StringComparison.Ordinal);
        Assert.Equal($"{file}: 2 errors\n", _error.ToString());
        File.WriteAllText(file, "storage:\n  memory: [1\n");
        Assert.Equal(1, await RunAsync("config", "check", file));
        Assert.StartsWith($"{file}:3:1: got while parsing a flow sequence, did not find expected ',' or ']', want a YAML document", _out.ToString(), StringComparison.Ordinal);
        Assert.Equal($"{file}: 1 error\n", _error.ToString());
        File.WriteAllText(file, "storage:\n  memory: 1GiB\n");
        Assert.Equal(0, await RunAsync("config", "check", file));
        Assert.Equal(1, await RunAsync("config", "check", file + ".none"));
    }

    private string[] Rows() => [.. _out.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(row => row.TrimEnd())];

    private Task<int> RunAsync(EngineFront front, params string[] arguments) => RunWithAsync(front.Main.BaseAddress!.ToString(), arguments);

    private Task<int> RunAsync(params string[] arguments) => RunWithAsync(null, arguments);

    private async Task<int> RunWithAsync(string? server, string[] arguments)
    {
        _out.GetStringBuilder().Clear();
        _error.GetStringBuilder().Clear();
        return await CommandLine.RunAsync(arguments, new Terminal(_out, _error, name => name == "VM_OBS_SERVER" ? server : null, IsPiped: true));
    }
}
