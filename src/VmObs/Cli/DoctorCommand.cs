using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using VmObs.Cli.Output;
using VmObs.Ledger.Checkpoints;
using VmObs.Receipts;
using VmObs.Signals;

namespace VmObs.Cli;

/// <summary>vm-obs doctor: looks for what usually goes wrong, and says of each what to do.</summary>
internal sealed class DoctorCommand(Terminal terminal, ClientOptions options)
{
    private const long LowDiskBytes = 2L * 1024 * 1024 * 1024;
    private const double LowDiskShare = 0.05;
    private static readonly TimeSpan s_clockTolerance = TimeSpan.FromSeconds(30), s_connectLimit = TimeSpan.FromSeconds(2);

    private readonly Option<string> _data = new("--data") { Description = "The data folder, where it is on this host.", DefaultValueFactory = _ => "./data", HelpName = "DIR" };

    public Command Create()
    {
        var doctor = new DocumentedCommand("doctor", "Checks a running engine and its data folder; says what is wrong and what to do. Exit code 1 when something is.", "vm-obs doctor", "vm-obs doctor --data /var/lib/vm-obs --server https://obs.example.org:7080") { _data };
        doctor.SetAction(RunAsync);
        return doctor;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        var server = new Uri(parsed.GetValue(options.Server)!, UriKind.RelativeOrAbsolute);
        using (var client = options.Connect(parsed))
        {
            try
            {
                await CheckEngineAsync(client, server, findings, cancellationToken);
            }
            catch (CliException error)
            {
                findings.Add(new Finding("engine", error.Message, IsGood: false));
            }
        }
        CheckAccess(server, parsed, findings);
        findings.AddRange(CheckFolder(Path.GetFullPath(parsed.GetValue(_data)!)));
        var table = new TableWriter(terminal, "CHECK", "", "WHAT");
        foreach (var finding in findings)
            await table.AddAsync((finding.Check, CellStyle.Plain), (finding.IsGood ? "ok" : "LOOK", finding.IsGood ? CellStyle.Green : CellStyle.Yellow), (terminal.Hint(finding.Text), CellStyle.Plain));
        await table.FlushAsync();
        return findings.All(static finding => finding.IsGood) ? ExitCodes.Ok : ExitCodes.Findings;
    }

    private static async Task CheckEngineAsync(EngineClient client, Uri server, List<Finding> findings, CancellationToken cancellationToken)
    {
        var asked = TimeProvider.System.GetUtcNow();
        using var document = JsonDocument.Parse(await client.HealthAsync());
        var health = document.RootElement;
        findings.Add(health.Field("status") == "ok"
            ? new Finding("engine", $"vm-obs {health.Field("version")} answers and takes data", true)
            : new Finding("engine", $"{health.Field("status")}: {health.Field("failure")}{health.Field("refused")}: make room on its disk, or look at its log", false));
        if (Rfc3339.TryParse(health.Field("started_at"), out var started))
        {
            var now = DateTimeOffset.UnixEpoch.AddTicks(started / 100).AddSeconds(health.GetProperty("uptime_seconds").GetInt64());
            var apart = (asked - now).Duration();
            findings.Add(apart <= s_clockTolerance
                ? new Finding("clock", "the engine's and this host's agree", true)
                : new Finding("clock", $"the engine's and this host's are {apart.TotalSeconds:0} s apart: run NTP on both; data over 10 minutes ahead is refused", false));
        }
        if (health.TryGetProperty("disk", out var disk))
        {
            var (free, total) = (disk.GetProperty("free_bytes").GetInt64(), disk.GetProperty("total_bytes").GetInt64());
            findings.Add(new Finding("disk", $"{StatusCommand.Size(free)} free of {StatusCommand.Size(total)}" + (IsLow(free, total) ? ": make room, or lower retention.max_size" : ""), !IsLow(free, total)));
        }
        foreach (var (name, address, usual) in (IEnumerable<(string, string, int)>)[("OTLP over gRPC", "otlp-grpc", 4317), ("OTLP over HTTP", "otlp-http", 4318)])
        {
            if (health.TryGetProperty("addresses", out var addresses) && Uri.TryCreate(addresses.Field(address), UriKind.Absolute, out var url))
                findings.Add(await CheckPortAsync(server, name, url, usual, cancellationToken));
        }
        await CheckAgentsAsync(client, findings);
    }

    private static bool IsLow(long free, long total) => free < LowDiskBytes || free < total * LowDiskShare;

    // The engine's own telemetry, and what it reads of its host, would always be there.
    private static async Task CheckAgentsAsync(EngineClient client, List<Finding> findings)
    {
        var senders = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var path in (string[])["/obs/logs", "/obs/metrics"])
        {
            await foreach (var line in client.LinesAsync(HttpMethod.Get, path, [new("last", "5m"), new("limit", "5000")]))
            {
                using var record = JsonDocument.Parse(line);
                if (record.RootElement.Field("service") is { Length: > 0 } service && service is not ("vm-obs" or "host"))
                    senders.Add($"{service}@{record.RootElement.Node()}");
            }
        }
        findings.Add(senders.Count > 0
            ? new Finding("agents", $"{senders.Count} sent in the last 5 minutes: {string.Join(", ", senders.Take(5))}{(senders.Count > 5 ? ", …" : "")}", true)
            : new Finding("agents", "nobody but the engine itself sent in the last 5 minutes: point an agent at it (docs/send)", false));
    }

    /// <summary>Connects to where the engine says that it listens: where that is any address, or loopback seen from elsewhere, at its host.</summary>
    private static async Task<Finding> CheckPortAsync(Uri server, string name, Uri url, int usual, CancellationToken cancellationToken)
    {
        var isOfServer = url.IsLoopback != server.IsLoopback || (IPAddress.TryParse(url.Host.Trim('[', ']'), out var bound) && (bound.Equals(IPAddress.Any) || bound.Equals(IPAddress.IPv6Any)));
        var host = isOfServer ? server.Host : url.Host;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_connectLimit);
        try
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(host, url.Port, limit.Token);
            return new Finding("port", $"{name} listens at {host}:{url.Port}{(url.Port == usual ? "" : $", not at the usual {usual}: tell your agents")}", true);
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return new Finding("port", $"{name}: the engine listens at {url.Authority}, and nothing answers at {host}:{url.Port}: look at --otlp-grpc, --otlp-http and what stands between", false);
        }
    }

    private void CheckAccess(Uri server, ParseResult parsed, List<Finding> findings)
    {
        if (!server.IsLoopback && server.Scheme != "https")
            findings.Add(new Finding("TLS", $"{server} is reached in clear text: start `serve` with --tls-cert and --tls-key, and name it with https", false));
        if (parsed.GetValue(options.TokenFile) is { } file && !OperatingSystem.IsWindows() && File.Exists(file))
        {
            var isOpen = (File.GetUnixFileMode(file) & (UnixFileMode.GroupRead | UnixFileMode.OtherRead)) != 0;
            findings.Add(new Finding("token", isOpen ? $"{file} can be read by others: chmod 600 {file}" : $"{file} is its owner's alone", !isOpen));
        }
    }

    private static IEnumerable<Finding> CheckFolder(string folder)
    {
        if (!Directory.Exists(Path.Combine(folder, "journal")))
        {
            yield return new Finding("folder", $"{folder} is no data folder: name it with --data, or run this where the engine runs", false);
            yield break;
        }
        yield return new Finding("journal", $"{Directory.EnumerateFiles(Path.Combine(folder, "journal")).Count()} files, {StatusCommand.Size(Directory.EnumerateFiles(Path.Combine(folder, "journal")).Sum(static file => new FileInfo(file).Length))}", true);
        var key = Path.Combine(folder, SigningKey.SecretFile);
        if (!OperatingSystem.IsWindows() && File.Exists(key))
        {
            var mode = File.GetUnixFileMode(key);
            var isOwners = mode == (UnixFileMode.UserRead | UnixFileMode.UserWrite);
            yield return new Finding("key", isOwners ? "the signing key is its owner's alone" : $"{key} has mode {Convert.ToString((int)mode, 8)}: chmod 600 it; who has read it can sign in the engine's name", isOwners);
        }
        else
        {
            yield return new Finding("key", $"{key} is not there: put it back from where you keep it; the engine does not start without it, or {SigningKey.Variable}", false);
        }
        yield return CheckRoot(folder);
    }

    private static Finding CheckRoot(string folder)
    {
        var path = Path.Combine(folder, ObservabilityLedger.RootFile);
        try
        {
            var key = NoteKey.Parse(File.ReadAllText(Path.Combine(folder, SigningKey.PublicFile)).Trim());
            var note = SignedNote.Parse(File.ReadAllBytes(path));
            return note.IsSignedBy(key)
                ? new Finding("ROOT", $"signed by {key.Name} over {Checkpoint.Parse(note.Text).Size} receipts; `vm-obs verify` checks all they say", true)
                : new Finding("ROOT", $"{path} has no signature of {key.Name}: run `vm-obs verify --data {folder}`", false);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            return new Finding("ROOT", $"{error.Message}: run `vm-obs verify --data {folder}`", false);
        }
    }

    /// <summary>What a check found, with what to do where it is not good.</summary>
    private sealed record Finding(string Check, string Text, bool IsGood);
}
