using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using VmObs.Cli.Output;
using VmObs.Signals;

namespace VmObs.Cli;

/// <summary>vm-obs status: how the engine is, on one screen.</summary>
internal sealed class StatusCommand(Terminal terminal, ClientOptions options)
{
    private const string Records = "vmobs_ingest_records_total", Refused = "vmobs_ingest_refused_total";
    private static readonly TimeSpan s_measured = TimeSpan.FromSeconds(2);

    public Command Create()
    {
        var status = new DocumentedCommand("status", "Shows how the engine is: what it takes, holds, has sealed and refused. Measures for two seconds. Exit code 1 when it is not well.", "vm-obs status", "vm-obs status --output json") { options.TextOrJson };
        status.SetAction(RunAsync);
        return status;
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using var client = options.Connect(parsed);
        var before = new MetricsPage(await client.TextAsync("/metrics")).SumBy(Records, "signal");
        await Task.Delay(s_measured, TimeProvider.System, cancellationToken);
        var page = new MetricsPage(await client.TextAsync("/metrics"));
        var health = await client.HealthAsync();
        using var document = JsonDocument.Parse(health);
        var root = (await client.TextAsync("/obs/root")).Split('\n');
        var facts = Facts(document.RootElement, root, await LastSealAsync(client), page, before).ToList();
        if (options.IsJson(parsed))
            await terminal.Out.WriteLineAsync(ToJson(facts));
        else
            foreach (var (name, text) in facts)
                await terminal.Out.WriteLineAsync($"{terminal.Paint($"{name,-12}", CellStyle.Bold)}  {terminal.Paint(Terminal.Plain(text), name == "status" ? CellStyles.OfStatus(text.Split(':')[0]) : CellStyle.Plain)}");
        return document.RootElement.Field("status") == "ok" ? ExitCodes.Ok : ExitCodes.Findings;
    }

    private static async Task<string> LastSealAsync(EngineClient client)
    {
        await foreach (var line in client.LinesAsync(HttpMethod.Get, "/obs/receipts", [new("type", "metric_snapshot,log_batch,trace_batch"), new("limit", "1")]))
        {
            using var receipt = JsonDocument.Parse(line);
            return $"{receipt.RootElement.Field("storage_path")} at {Second(receipt.RootElement.Field("sealed_at"))}";
        }
        return "no hour yet";
    }

    private static IEnumerable<(string Name, string Text)> Facts(JsonElement health, string[] root, string lastSeal, MetricsPage page, SortedDictionary<string, double> before)
    {
        var trouble = health.TryGetProperty("failure", out var failure) ? ": " + failure.GetString() : health.TryGetProperty("refused", out var refused) ? ": " + refused.GetRawText() : "";
        yield return ("status", health.Field("status") + trouble);
        yield return ("engine", $"vm-obs {health.Field("version")}, up {RelativeTime.Span(health.GetProperty("uptime_seconds").GetInt64())} since {Second(health.Field("started_at"))}");
        foreach (var (signal, total) in page.SumBy(Records, "signal"))
            yield return (signal, string.Create(CultureInfo.InvariantCulture, $"{(total - before.GetValueOrDefault(signal)) / s_measured.TotalSeconds:0} records/s, {total:0} since the start"));
        var open = health.GetProperty("open_hours");
        yield return ("open hours", $"metrics {open.Field("metrics")}, logs {open.Field("logs")}, traces {open.Field("traces")}");
        yield return ("head", $"{Size(health.GetProperty("head_bytes").GetInt64())} of {Size(health.GetProperty("head_budget_bytes").GetInt64())}");
        yield return ("last seal", lastSeal);
        yield return ("ledger", $"{health.Field("receipts")} receipts; ROOT of {root.ElementAtOrDefault(0)} over {root.ElementAtOrDefault(1)}: {root.ElementAtOrDefault(3)}");
        var refusals = page.SumBy(Refused, "reason").Where(static reason => reason.Value > 0).Select(static reason => string.Create(CultureInfo.InvariantCulture, $"{reason.Value:0} {reason.Key}")).ToList();
        yield return ("refused", refusals.Count == 0 ? "nothing since the start" : string.Join(", ", refusals));
        if (health.TryGetProperty("disk", out var disk))
            yield return ("disk", $"{Size(disk.GetProperty("free_bytes").GetInt64())} free of {Size(disk.GetProperty("total_bytes").GetInt64())}");
    }

    // To whom the fraction matters asks for the health itself.
    private static string Second(string time) => Rfc3339.TryParse(time, out var nanos) ? Rfc3339.FormatShort(nanos - (nanos % 1_000_000_000)) : time;

    private static string ToJson(List<(string Name, string Text)> facts)
    {
        using var body = new PooledBuffer();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            foreach (var (name, text) in facts)
                json.WriteString(name.Replace(' ', '_'), text);
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(body.WrittenSpan);
    }

    /// <summary>A size as people say it: "1.4 GiB".</summary>
    internal static string Size(long bytes)
    {
        var (value, unit) = ((double)bytes, 0);
        for (; value >= 1024 && unit < 4; unit++)
            value /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{value:0.#} {(unit switch { 0 => "B", 1 => "KiB", 2 => "MiB", 3 => "GiB", _ => "TiB" })}");
    }
}
