using System.Buffers.Binary;
using System.Net;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Merkle;
using VmObs.Tests.Receipts;
using VmObs.Tests.Support;

namespace VmObs.Tests.Api;

public sealed class TlogApiTests
{
    [Fact]
    public async Task A_log_tool_gets_from_the_checkpoint_to_every_entry()
    {
        await using var front = await EngineFront.StartAsync();
        var ledger = front.Engine.Ledger;
        await ledger.TracesCompletedAsync([.. Enumerable.Range(0, 300).Select(i => LedgerFolder.Trace(i))], TestContext.Current.CancellationToken);
        var key = NoteKey.Parse((await TextAsync(front, "/obs/root/vkey")).TrimEnd('\n'));
        var note = SignedNote.Parse(await BytesAsync(front, "/tlog/checkpoint"));
        Assert.True(note.IsSignedBy(key));
        var checkpoint = Checkpoint.Parse(note.Text);
        Assert.Equal(300, checkpoint.Size);
        // Leaf hashes of the entries are those of the tiles, and lead to the signed root.
        Digest[] leaves = [.. Entries(await BytesAsync(front, "/tlog/tile/entries/000")), .. Entries(await BytesAsync(front, "/tlog/tile/entries/001.p/44"))];
        byte[] tiles = [.. await BytesAsync(front, "/tlog/tile/0/000"), .. await BytesAsync(front, "/tlog/tile/0/001.p/44")];
        Assert.Equal(leaves.SelectMany(leaf => leaf.Span.ToArray()), tiles);
        Assert.Equal(checkpoint.Sha256Root, MerkleProofs.Root<Sha256MerkleHash>(leaves));
        Assert.Equal(MerkleProofs.Root<Sha256MerkleHash>(leaves.AsSpan(0, 256)).Span.ToArray(), await BytesAsync(front, "/tlog/tile/1/000.p/1"));
        Assert.Equal(tiles[..32], await BytesAsync(front, "/tlog/tile/0/000.p/1"));
    }

    [Theory]
    [InlineData("/tlog/tile/0/001")]
    [InlineData("/tlog/tile/0/000.p/2")]
    [InlineData("/tlog/tile/1/000.p/1")]
    [InlineData("/tlog/tile/9/000")]
    [InlineData("/tlog/tile/entries/000.p/2")]
    [InlineData("/tlog/tile/0/0")]
    [InlineData("/tlog/tile/x")]
    public async Task What_the_log_has_not_is_not_found(string path)
    {
        await using var front = await EngineFront.StartAsync();
        await front.Engine.Ledger.TracesCompletedAsync([LedgerFolder.Trace(0)], TestContext.Current.CancellationToken);
        using var response = await front.Main.GetAsync(path, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
    }

    private static List<Digest> Entries(ReadOnlySpan<byte> bundle)
    {
        var leaves = new List<Digest>();
        for (; !bundle.IsEmpty; bundle = bundle[(2 + BinaryPrimitives.ReadUInt16BigEndian(bundle))..])
            leaves.Add(Sha256MerkleHash.Leaf(bundle.Slice(2, BinaryPrimitives.ReadUInt16BigEndian(bundle))));
        return leaves;
    }

    private static Task<byte[]> BytesAsync(EngineFront front, string path) => front.Main.GetByteArrayAsync(path, TestContext.Current.CancellationToken);

    private static Task<string> TextAsync(EngineFront front, string path) => front.Main.GetStringAsync(path, TestContext.Current.CancellationToken);
}
