using System.Net;
using System.Text.Json;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Hashing;
using VmObs.Signals.Traces;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Api;

public sealed class IngestProofApiTests
{
    [Fact]
    public async Task A_request_is_shown_in_the_chain_that_leads_to_head_and_to_the_next_seal()
    {
        await using var front = await EngineFront.StartAsync();
        var body = OtlpWriter.Protobuf(w => w.Logs(Samples.Log(10, "mine")));
        await front.Engine.LogsAsync(Samples.Log(9, "before"));
        using var answer = await front.PostAsync("/v1/logs", body);
        var receipt = Assert.Single(answer.Headers.GetValues("VM-Obs-Receipt"));
        await front.Engine.TracesAsync(Samples.Span(new TraceId(1, 2), 1, 0, 5, 1));
        using var open = await ProveAsync(front, receipt);
        Assert.Equal("holds", open.RootElement.GetProperty("outcome").GetString());
        Assert.False(open.RootElement.TryGetProperty("seal", out _));
        var record = open.RootElement.GetProperty("record");
        Assert.Equal(2, record.GetProperty("position").GetInt64());
        Assert.Equal("otlp_protobuf", record.GetProperty("format").GetString());
        Assert.Equal(body.Length, record.GetProperty("length").GetInt64());
        Assert.Equal("blake3:" + Blake3.Hash(body), record.GetProperty("body_hash").GetString());
        Assert.Equal("blake3:" + receipt[2..], record.GetProperty("chain_after").GetString());

        await front.Engine.SealAsync();
        SignHead(front, front.Engine.Store.Journal.Chain);
        using var signed = await ProveAsync(front, receipt);
        Assert.Equal("holds", signed.RootElement.GetProperty("outcome").GetString());
        Assert.Equal(front.Engine.Store.Journal.Position, signed.RootElement.GetProperty("head").GetProperty("position").GetInt64());
        Assert.Contains("hour-14", signed.RootElement.GetProperty("seal").GetProperty("storage_path").GetString(), StringComparison.Ordinal);
        Assert.Equal(4, signed.RootElement.GetProperty("proven").GetArrayLength());
    }

    [Fact]
    public async Task Receipts_of_another_chain_or_of_records_that_never_came_fail()
    {
        await using var front = await EngineFront.StartAsync();
        var outcome = await front.Engine.LogsAsync(Samples.Log(9, "one"));
        await front.Engine.LogsAsync(Samples.Log(10, "two"));
        await AssertFailsAsync(new IngestReceipt(1, Blake3.Hash("another"u8)).ToString(), "record 1: found chain");
        await AssertFailsAsync(new IngestReceipt(3, Blake3.Hash("another"u8)).ToString(), "found its end at position 2");
        SignHead(front, Blake3.Hash("another"u8));
        await AssertFailsAsync(outcome.Receipt!, "HEAD.observability.txt: found chain");

        async Task AssertFailsAsync(string receipt, string fault)
        {
            using var proof = await ProveAsync(front, receipt);
            Assert.Equal("fails", proof.RootElement.GetProperty("outcome").GetString());
            Assert.Contains(fault, proof.RootElement.GetProperty("fault").GetString(), StringComparison.Ordinal);
            Assert.Equal(0, proof.RootElement.GetProperty("proven").GetArrayLength());
        }
    }

    [Fact]
    public async Task A_changed_body_fails()
    {
        await using var front = await EngineFront.StartAsync();
        var outcome = await front.Engine.LogsAsync(Samples.Log(9, "one"));
        var segment = Assert.Single(Directory.GetFiles(Path.Combine(front.Engine.Folder, "journal"), "*.journal"));
        var bytes = await File.ReadAllBytesAsync(segment, TestContext.Current.CancellationToken);
        bytes[^3] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes, TestContext.Current.CancellationToken);
        using var proof = await ProveAsync(front, outcome.Receipt!);
        Assert.Equal("fails", proof.RootElement.GetProperty("outcome").GetString());
    }

    [Fact]
    public async Task What_is_not_kept_is_told_and_what_is_no_receipt_refused()
    {
        await using var front = await EngineFront.StartAsync();
        var outcome = await front.Engine.LogsAsync(Samples.Log(9, "one"));
        File.Delete(Assert.Single(Directory.GetFiles(Path.Combine(front.Engine.Folder, "journal"), "*.journal")));
        using var proof = await ProveAsync(front, outcome.Receipt!);
        Assert.Equal("not_kept", proof.RootElement.GetProperty("outcome").GetString());
        using var refused = await front.Main.GetAsync("/obs/proof/ingest?receipt=17", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    private static void SignHead(EngineFront front, Digest chain)
    {
        var head = new JournalHead(front.Engine.Key.Name, front.Engine.Store.Journal.Position, chain, 0, Stopped: false);
        File.WriteAllBytes(front.Engine.PathOf("HEAD.observability.txt"), front.Engine.Ledger.SignNote(head.ToText()));
    }

    private static async Task<JsonDocument> ProveAsync(EngineFront front, string receipt) =>
        JsonDocument.Parse(await front.GetAsync("/obs/proof/ingest?receipt=" + receipt));
}
