using System.Text.Json;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Hashing;
using VmObs.Receipts.Gaps;
using VmObs.Tests.Receipts;
using VmObs.Tests.Receipts.Gaps;
using VmObs.Verification;

namespace VmObs.Tests.Verification;

public sealed class GapVerificationTests
{
    private const string Counts = """{"logs":{"busy":{"records":5,"requests":2}}}""";

    [Theory]
    [InlineData("""{"logs":{"busy":{"records":5,"requests":2}}}""", null)]
    [InlineData("""{"logs":{"busy":{"records":"5","requests":2}}}""", null)]
    [InlineData("""{"logs":{"busy":{"records":4,"requests":2}}}""", "found refused.logs.busy.records 4 in its sources together, expected 5")]
    [InlineData("""{"logs":{"disk":{"records":5,"requests":2}}}""", "found refused.logs.disk.records 5 in its sources together, expected 0")]
    [InlineData("{}", "found refused.logs.busy.requests 0 in its sources together, expected 2")]
    [InlineData("7", "found an obs_gap with other members")]
    public async Task The_sources_of_a_gap_come_to_its_totals(string source, string? finding)
    {
        await using var folder = await GapFolder.BegunAsync();
        await AppendAsync(folder, "gap:9", $$$"""{"type":"obs_gap","timestamp":"2025-12-06T14:00:00Z","reason":"records","refused":{{{Counts}}},"late":{},"dropped":{},"sources":[{"refused":{{{source}}},"late":{},"dropped":{}}]}""");
        var findings = Run(folder);
        if (finding is null)
            Assert.Empty(findings);
        else
            Assert.Contains(findings, found => found.Contains(finding, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Receipts_and_head_agree_on_the_journals_chain()
    {
        await using var folder = await GapFolder.BegunAsync();
        await AppendAsync(folder, "a", Downtime(7, 'a'));
        folder.Journal = new(7, Blake3.Hash([1]));
        await folder.BeatAsync();
        Assert.Contains($"HEAD.observability.txt: found chain blake3:{folder.Journal.Chain} at position 7 of the journal, expected blake3:{LedgerFolder.Hash('a')}", Assert.Single(Run(folder)), StringComparison.Ordinal);
        folder.Journal = new(8, Blake3.Hash([1]));
        await folder.BeatAsync();
        Assert.Empty(Run(folder));
        await AppendAsync(folder, "b", Downtime(7, 'b'));
        Assert.StartsWith("receipt seq 1: found chain", Assert.Single(Run(folder)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_head_of_a_clean_stop_is_not_behind_the_receipts()
    {
        await using var folder = await GapFolder.BegunAsync();
        await AppendAsync(folder, "a", Downtime(7, 'a'));
        folder.Journal = new(6, Blake3.Hash([1]));
        await folder.BeatAsync();
        Assert.Empty(Run(folder));
        folder.Heartbeat.End(folder.Journal, 1_765_029_900_000_000_000);
        Assert.Contains("found position 6 at a clean stop, expected at least 7 as receipt seq 0 says", Assert.Single(Run(folder)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_head_of_another_kind_or_size_is_a_finding()
    {
        await using var folder = await GapFolder.BegunAsync();
        File.Copy(folder.Folder.RootPath, folder.HeadPath, overwrite: true);
        Assert.StartsWith("HEAD.observability.txt: journal head", Assert.Single(Run(folder)), StringComparison.Ordinal);
        File.WriteAllBytes(folder.HeadPath, new byte[SignedNote.MaxBytes * 4]);
        Assert.Contains("found 65537 bytes, expected at most 65536", Assert.Single(Run(folder)), StringComparison.Ordinal);
        Assert.Contains("HEAD.observability.txt: note: found 65537 bytes", folder.Folder.Verify().Report, StringComparison.Ordinal);
    }

    private static string Downtime(int position, char hash) =>
        $$"""{"type":"obs_gap","timestamp":"2025-12-06T14:00:00Z","reason":"downtime","journal":{"to":{{position}},"head":"blake3:{{LedgerFolder.Hash(hash)}}"} }""";

    private static IReadOnlyList<string> Run(GapFolder folder) => DataFolderVerifier.Run(folder.Folder.Path, folder.Ledger.PublicKey, VerificationDepth.Records).Findings;

    private static Task AppendAsync(GapFolder folder, string key, string members) => folder.Ledger.AppendAsync(
        key,
        (json, _) =>
        {
            foreach (var member in JsonElement.Parse(members).EnumerateObject())
                member.WriteTo(json);
        },
        TestContext.Current.CancellationToken);
}
