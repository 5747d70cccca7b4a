using System.Net;
using System.Text;
using System.Text.Json;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Proofs;
using VmObs.Ledger.Receipts;
using VmObs.Tests.Support;

namespace VmObs.Tests.Api;

public sealed class ProofApiTests
{
    [Fact]
    public async Task A_log_record_is_proven_to_who_has_nothing_but_the_key()
    {
        await using var front = await SealedAsync();
        var bundle = await front.Main.GetByteArrayAsync("/obs/proof/log?last=24h&text=needle", TestContext.Current.CancellationToken);
        Assert.InRange(bundle.Length, 1000, 32 * 1024);
        var verdict = BundleVerifier.Verify(bundle, front.Engine.Ledger.PublicKey);
        Assert.Null(verdict.Fault);
        Assert.Contains("hour-14.jsonl.gz", verdict.Proven[0], StringComparison.Ordinal);
        Assert.NotEmpty(verdict.NotProven);
        var text = ProofBundle.Parse(bundle).LogRecord!.Text;
        Assert.Contains("the needle", Encoding.UTF8.GetString(text.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_receipt_is_proven()
    {
        await using var front = await SealedAsync();
        for (var seq = 0; seq < front.Engine.Ledger.Size; seq++)
        {
            var bundle = await front.Main.GetByteArrayAsync($"/obs/proof/receipt?seq={seq}", TestContext.Current.CancellationToken);
            Assert.Null(BundleVerifier.Verify(bundle, front.Engine.Ledger.PublicKey).Fault);
            Assert.Equal(ReceiptScroll.EntryOf(front.Engine.Ledger.Reader.Read(seq)), ProofBundle.Parse(bundle).Receipt.ToArray());
        }
    }

    [Fact]
    public async Task A_bundle_verifies_with_the_key_that_signed_it_and_any_before()
    {
        await using var front = await SealedAsync();
        var ledger = front.Engine.Ledger;
        var keys = new List<NoteKey> { ledger.PublicKey };
        for (var i = 0; i < 2; i++)
        {
            await ledger.RotateKeyAsync(ledger.PrepareKey());
            keys.Add(ledger.PublicKey);
        }
        var bundle = await front.Main.GetByteArrayAsync("/obs/proof/receipt?seq=0", TestContext.Current.CancellationToken);
        foreach (var key in keys)
            Assert.Null(BundleVerifier.Verify(bundle, key).Fault);
        Assert.Contains($"the key {keys[2]} was put in its place by {keys[0]}", BundleVerifier.Verify(bundle, keys[0]).Proven[^1], StringComparison.Ordinal);
        // Each link is needed.
        var parsed = ProofBundle.Parse(bundle);
        foreach (var rotation in parsed.Rotations)
        {
            var broken = parsed with { Rotations = [.. parsed.Rotations.Where(other => other != rotation)] };
            Assert.Contains("no signature", BundleVerifier.Verify(broken.ToBytes(), keys[0]).Fault, StringComparison.Ordinal);
        }
        // A rotation that comes after the checkpoint says nothing of who signed it.
        await ledger.RotateKeyAsync(ledger.PrepareKey());
        var later = parsed with { Rotations = [.. ledger.Rotations.Select(rotation => rotation.Note)] };
        Assert.Contains("the checkpoint's size", BundleVerifier.Verify(later.ToBytes(), keys[0]).Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_key_proves_nothing()
    {
        await using var front = await SealedAsync();
        var bundle = await front.Main.GetByteArrayAsync("/obs/proof/receipt?seq=0", TestContext.Current.CancellationToken);
        using var stranger = new NoteSigner(front.Engine.Ledger.PublicKey.Name, new byte[32]);
        Assert.Contains("no signature", BundleVerifier.Verify(bundle, stranger.PublicKey).Fault, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_matches_are_listed_and_an_id_picks_one()
    {
        await using var front = await SealedAsync();
        using var several = await front.Main.GetAsync("/obs/proof/log?last=24h&text=twin", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Conflict, several.StatusCode);
        using var problem = JsonDocument.Parse(await several.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("VMO2013", problem.RootElement.GetProperty("code").GetString());
        string[] ids = [.. (await front.GetLinesAsync("/obs/logs?last=24h&text=twin")).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("log_id").GetString()!)];
        Assert.Equal(2, ids.Length);
        foreach (var id in ids)
        {
            Assert.Contains(id, problem.RootElement.GetProperty("choices").EnumerateArray().Select(static choice => choice.GetString()));
            Assert.Contains(id, problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
            var bundle = await front.Main.GetByteArrayAsync($"/obs/proof/log?last=24h&id={Uri.EscapeDataString(id)}", TestContext.Current.CancellationToken);
            Assert.Contains(id, Encoding.UTF8.GetString(ProofBundle.Parse(bundle).LogRecord!.Text.Span), StringComparison.Ordinal);
            Assert.Null(BundleVerifier.Verify(bundle, front.Engine.Ledger.PublicKey).Fault);
        }
    }

    [Fact]
    public async Task What_is_not_there_or_not_sealed_yet_is_told()
    {
        await using var front = await SealedAsync();
        await front.Engine.LogsAsync(Samples.Log(3605, "in an open hour"));
        await AssertAsync(HttpStatusCode.Conflict, "VMO2014", "/obs/proof/log?last=24h&text=open");
        await AssertAsync(HttpStatusCode.NotFound, "VMO2003", "/obs/proof/log?last=24h&text=nowhere");
        await AssertAsync(HttpStatusCode.NotFound, "VMO2003", "/obs/proof/receipt?seq=1000");
        await AssertAsync(HttpStatusCode.BadRequest, "VMO2001", "/obs/proof/receipt");

        async Task AssertAsync(HttpStatusCode status, string code, string path)
        {
            using var response = await front.Main.GetAsync(path, TestContext.Current.CancellationToken);
            Assert.Equal(status, response.StatusCode);
            Assert.Contains(code, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_changed_file_gets_no_bundle()
    {
        await using var front = await SealedAsync();
        var path = Directory.EnumerateFiles(front.Engine.Folder, "*.jsonl.gz", SearchOption.AllDirectories).Single();
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        // A flag of the member's head that inflating does not look at.
        bytes[9] ^= 1;
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);
        using var response = await front.Main.GetAsync("/obs/proof/log?last=24h&text=needle", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
    }

    private static async Task<EngineFront> SealedAsync()
    {
        var front = await EngineFront.StartAsync();
        await front.Engine.LogsAsync([.. Enumerable.Range(0, 2000).Select(i => Samples.Log(i % 3000, $"line {i} of many")), Samples.Log(100, "the needle"), Samples.Log(200, "twin a"), Samples.Log(201, "twin b")]);
        await front.Engine.SealAsync();
        return front;
    }
}
