using System.Text.Json;
using VmObs.ProcessTests.House;
using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;

namespace VmObs.ProcessTests;

/// <summary>Hours are of UTC, wherever the process thinks it is: fourteen hours ahead, or two and a half behind, with a half hour in it.</summary>
public sealed class TimeZoneTests
{
    private static readonly string[] s_files = [SealedHouse.LogFile, SealedHouse.MetricFile, SealedHouse.TraceFile];

    [Fact]
    public async Task The_time_zone_of_the_process_changes_neither_files_nor_receipts()
    {
        var kiritimati = await SealAsync("Pacific/Kiritimati");
        var stJohns = await SealAsync("America/St_Johns");
        Assert.Equal(s_files.Order(StringComparer.Ordinal), kiritimati.Files);
        Assert.Equal(s_files.Order(StringComparer.Ordinal), stJohns.Files);
        Assert.Equal(3, kiritimati.Receipts.Count);
        Assert.Equal(kiritimati.Receipts, stJohns.Receipts);
        Assert.All(kiritimati.Receipts, receipt => Assert.Contains("""
            "period":{"end":"2025-12-06T14:00:00Z","start":"2025-12-06T13:00:00Z"}
            """, receipt, StringComparison.Ordinal));
    }

    private static async Task<(List<string> Files, List<string> Receipts)> SealAsync(string zone)
    {
        using var folder = new TemporaryFolder();
        using var sender = new OtlpSender();
        await using var engine = await EngineProcess.StartAsync(folder.Path, new Dictionary<string, string> { ["TZ"] = zone });
        await HouseTelemetry.SendAsync(sender, engine.OtlpHttp);
        (await ProgramRun.OfVmObsAsync(engine.Url, "seal")).Succeeded();
        var run = await ProgramRun.OfVmObsAsync(
            engine.Url, "query", "--type", "metric_snapshot,log_batch,trace_batch", "--from", "2025-12-06T13:00:00Z", "--to", "2025-12-06T15:00:00Z", "--output", "json");
        var telemetry = Path.Combine(folder.Path, "telemetry");
        var files = Directory.EnumerateFiles(telemetry, "hour-*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(folder.Path, path))
            // The engine's own telemetry of these minutes is in open hours; grams are derived.
            .Where(path => !path.EndsWith(".open", StringComparison.Ordinal) && !path.EndsWith(".grams", StringComparison.Ordinal) && !path.EndsWith(".manifest", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        return ([.. files], [.. run.Succeeded().JsonLines().Select(Lasting).Order(StringComparer.Ordinal)]);
    }

    // Without what differs from run to run: when it was sealed, and where in the journal and the scroll it stands. The hash of traces has the journal in it.
    private static string Lasting(JsonElement receipt)
    {
        string[] left = ["sealed_at", "seq", "root_hash", "journal", .. receipt.GetProperty("type").ValueEquals("obs_trace_batch") ? ["content_hash", "content_length", "records_root"] : Array.Empty<string>()];
        return string.Join(',', receipt.EnumerateObject().Where(member => !left.Contains(member.Name)).Select(member => $"\"{member.Name}\":{member.Value.GetRawText()}"));
    }
}
