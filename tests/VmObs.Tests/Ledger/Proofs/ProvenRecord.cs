using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using VmObs.Ledger.Bao;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Merkle;
using VmObs.Ledger.Proofs;
using VmObs.Ledger.Receipts;

namespace VmObs.Tests.Ledger.Proofs;

/// <summary>A log record in a file of some blocks, whose receipt is one of forty: made of the ledger alone.</summary>
public sealed class ProvenRecord : IDisposable
{
    private const int Receipts = 40, Seq = 23;

    private readonly NoteSigner _signer = new("example.org/log", [.. Enumerable.Range(0, 32).Select(i => (byte)i)]);

    public ProvenRecord() => Bundle = WithFile(Member(0), Member(1), Member(2));

    public byte[] Bundle { get; }

    public NoteKey Key => _signer.PublicKey;

    /// <summary>A bundle for line 5 of the last member of a file.</summary>
    public byte[] WithFile(params byte[][] members)
    {
        byte[] file = [.. members.SelectMany(member => member)];
        var builder = new BaoOutboardBuilder();
        builder.Update(file);
        var outboard = builder.Finish();
        var scroll = new ReceiptScroll();
        var lines = new List<byte[]>();
        for (var seq = 0; seq < Receipts; seq++)
        {
            lines.Add(scroll.Append(Encoding.UTF8.GetBytes(string.Create(
                CultureInfo.InvariantCulture,
                $$"""{"seq":{{seq}},"type":"obs_log_batch","storage_path":"telemetry/logs/2025-12-06/hour-{{seq}}.jsonl.gz","content_hash":"blake3:{{(seq == Seq ? outboard.Root : Blake3.Hash([(byte)seq])).ToHex()}}","sealed_at":"2025-12-06T14:05:00Z","log_counts":{"error":0.5},"tags":["observability","logs"]}"""))));
        }
        Digest[] leaves = [.. lines.Select(line => Sha256MerkleHash.Leaf(ReceiptScroll.EntryOf(line)))];
        var note = _signer.Sign(new Checkpoint(_signer.PublicKey.Name, Receipts, scroll.Sha256Root, scroll.Blake3Root).ToText());
        var offset = file.Length - members[^1].Length;
        return new ProofBundle(ReceiptScroll.EntryOf(lines[Seq]), MerkleProofs.Inclusion<Sha256MerkleHash>(leaves, Seq), Encoding.UTF8.GetString(note))
        {
            LogRecord = new LogRecordProof(
                Encoding.UTF8.GetBytes(Line(members.Length - 1, 5)), offset, members[^1].Length, 5,
                BaoSlice.Extract(outboard, file, offset, members[^1].Length, BaoTree.InterchangeGroupBytes)),
        }.ToBytes();
    }

    public void Dispose() => _signer.Dispose();

    private static string Line(int member, int line) => $$"""{"log_id":"log:{{member}}:{{line}}","message":"line {{line}} of block {{member}}, \"größer\" \\ {{Blake3.Hash([(byte)member, (byte)line])}}"}""";

    /// <summary>A gzip member as log files have them.</summary>
    public static byte[] Pack(byte[] text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(text);
        var member = packed.ToArray();
        // Neither how hard it was packed nor on which system is told.
        (member[8], member[9]) = (0, 0xff);
        return member;
    }

    private static byte[] Member(int number) => Pack(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 60).Select(line => Line(number, line) + "\n"))));
}
