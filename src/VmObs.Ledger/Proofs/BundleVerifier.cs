using System.Text;
using System.Text.Json;
using VmObs.Ledger.Bao;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Keys;
using VmObs.Ledger.Merkle;

namespace VmObs.Ledger.Proofs;

/// <summary>Checks a bundle with nothing but a key: record → gzip member → file → receipt → root → signature.</summary>
public static class BundleVerifier
{
    // No log file has a longer text in one member; a hostile one ends here.
    private const int MaxTextBytes = 32 * 1024 * 1024;

    /// <summary>Checks a bundle.</summary>
    /// <param name="file">Its bytes, from a source that is not trusted.</param>
    /// <param name="key">A key of the log, from one that is: the one that signed the checkpoint, or one that rotations lead from.</param>
    public static ProofVerdict Verify(ReadOnlySpan<byte> file, NoteKey key)
    {
        try
        {
            var bundle = ProofBundle.Parse(file);
            var note = SignedNote.Parse(Encoding.UTF8.GetBytes(bundle.Checkpoint));
            var checkpoint = Checkpoint.Parse(note.Text);
            var signer = SignerOf(bundle, checkpoint, key);
            if (!note.IsSignedBy(signer))
                return ProofVerdict.Of($"checkpoint: found no signature of {signer}, expected one");
            if (checkpoint.Origin != key.Name)
                return ProofVerdict.Of($"checkpoint: found origin {checkpoint.Origin}, expected {key.Name}");
            using var document = JsonDocument.Parse(bundle.Receipt);
            var receipt = document.RootElement;
            if (Inclusion(bundle, receipt, checkpoint) is { } fault)
                return ProofVerdict.Of(fault);
            if (bundle.LogRecord is { } record && LogRecord(record, receipt) is { } wrong)
                return ProofVerdict.Of(wrong);
            var verdict = Statements(bundle, receipt, checkpoint, signer);
            return signer.Equals(key) ? verdict : verdict with { Proven = [.. verdict.Proven, $"the key {signer} was put in its place by {key}, itself or through others that were"] };
        }
        catch (FormatException error)
        {
            return ProofVerdict.Of(error.Message);
        }
    }

    private static NoteKey SignerOf(ProofBundle bundle, Checkpoint checkpoint, NoteKey key)
    {
        var signer = key;
        foreach (var note in bundle.Rotations)
        {
            // Those before the trusted key was put in force are for others.
            if (!SignedNote.Parse(Encoding.UTF8.GetBytes(note)).IsSignedBy(signer))
                continue;
            var rotation = SignedRotation.Read(note, signer).Statement;
            if (rotation.Seq >= checkpoint.Size)
                throw new FormatException($"rotations: found one at seq {rotation.Seq}, expected less than {checkpoint.Size}, the checkpoint's size");
            signer = rotation.Key;
        }
        return signer;
    }

    private static string? Inclusion(ProofBundle bundle, JsonElement receipt, Checkpoint checkpoint)
    {
        if (!receipt.TryGetProperty("seq", out var place) || place.ValueKind != JsonValueKind.Number || !place.TryGetInt64(out var seq) || Text(receipt, "type") is null)
            return "receipt: found no seq or no type, expected both";
        var leaf = Sha256MerkleHash.Leaf(bundle.Receipt.Span);
        return MerkleProofs.VerifyInclusion<Sha256MerkleHash>(leaf, seq, checkpoint.Size, [.. bundle.Inclusion], checkpoint.Sha256Root)
            ? null
            : $"inclusion: found a path that does not lead from receipt {seq} to the checkpoint's root, expected one that does";
    }

    private static string? LogRecord(LogRecordProof record, JsonElement receipt)
    {
        if (Text(receipt, "type") != "obs_log_batch" || Text(receipt, "storage_path") is null)
            return $"receipt: found type {Text(receipt, "type")}, expected the obs_log_batch of the record's file";
        if (Text(receipt, "content_hash") is not { } stated || !stated.StartsWith("blake3:", StringComparison.Ordinal) || !Digest.TryParseHex(stated.AsSpan(7), out var root))
            return "receipt: found no content_hash, expected blake3: and 64 lower-case hex digits";
        var verdict = BaoSlice.Verify(root, record.MemberOffset, record.MemberLength, record.Slice.Span, BaoTree.InterchangeGroupBytes);
        if (verdict.Fault != BaoFault.None)
            return $"log_record.slice: {verdict}";
        if (verdict.Content.Length != record.MemberLength)
            return $"log_record: found a file that ends {record.MemberLength - verdict.Content.Length} bytes before the member does, expected all of it";
        return LineOf(verdict.Content, record.Line, out var line) is { } fault ? fault
            : line.SequenceEqual(record.Text.Span) ? null
            : $"log_record.text: found another text than line {record.Line} of the gzip member at byte {record.MemberOffset}, expected that line";
    }

    /// <summary>Finds a line of a gzip member; says what is wrong where it cannot be found.</summary>
    private static string? LineOf(ReadOnlyMemory<byte> member, int number, out ReadOnlySpan<byte> line)
    {
        line = default;
        ReadOnlySpan<byte> rest;
        try
        {
            rest = GzipMember.Inflate(member, MaxTextBytes);
        }
        catch (FormatException error)
        {
            return $"log_record: {error.Message}";
        }
        for (var at = 0; ; at++)
        {
            var end = rest.IndexOf((byte)'\n');
            if (end < 0)
                return $"log_record.line: found {number}, expected less than {at}, the lines of the member";
            if (at == number)
            {
                line = rest[..end];
                return null;
            }
            rest = rest[(end + 1)..];
        }
    }

    private static ProofVerdict Statements(ProofBundle bundle, JsonElement receipt, Checkpoint checkpoint, NoteKey key)
    {
        var proven = new List<string>();
        var notProven = new List<string>();
        if (bundle.LogRecord is { } record)
        {
            proven.Add($"the record stands in {Text(receipt, "storage_path")}, line {record.Line} of the block at byte {record.MemberOffset}: nothing of it was changed since that file was sealed");
            proven.Add($"receipt {receipt.GetProperty("seq")} ({Text(receipt, "type")}) states the hash of that file");
            notProven.Add("that what the record says is true, or was sent when and by whom it says: the sender's word");
            notProven.Add("that no other record was dropped before the file was sealed: `vm-obs verify --journal` compares the two where the journal is kept");
        }
        proven.Add($"receipt {receipt.GetProperty("seq")} is one of the {checkpoint.Size} of {checkpoint.Origin} whose root the key {key} signed: it cannot be changed, moved or left out of that log without another signature");
        notProven.Add($"when it was sealed: sealed_at {Text(receipt, "sealed_at") ?? "is missing, and"} is the engine's own clock, and nobody else has signed");
        notProven.Add("that everybody is shown this same log: whoever has the key could sign a second one");
        return new ProofVerdict(null, proven, notProven);
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
