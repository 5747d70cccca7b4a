using System.Buffers;
using System.Text;
using System.Text.Json;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Receipts;

namespace VmObs.Ledger.Proofs;

/// <summary>One file that proves a receipt, or a log record under one, without the engine that made it. Format: docs/format/bundle.md.</summary>
/// <param name="Receipt">The receipt's entry: its line without root_hash, which the tree does not hold.</param>
/// <param name="Inclusion">Hashes from its leaf upward, in SHA-256.</param>
/// <param name="Checkpoint">The signed note that the path leads to.</param>
public sealed record ProofBundle(ReadOnlyMemory<byte> Receipt, IReadOnlyList<Digest> Inclusion, string Checkpoint)
{
    /// <summary>What "format" says.</summary>
    public const string Format = "vm-obs-proof/1";

    /// <summary>A bundle is at most this long.</summary>
    public const int MaxBytes = 8 * 1024 * 1024;

    // A tree of 2^63 leaves has no longer path.
    private const int MaxPath = 63;

    private static readonly string[] s_members = ["checkpoint", "claim", "format", "inclusion", "log_record", "receipt", "rotations"];
    private static readonly string[] s_optionalMembers = ["log_record", "rotations"];
    private static readonly string[] s_recordMembers = ["line", "member_length", "member_offset", "slice", "text"];

    /// <summary>The log record under the receipt; null where the receipt itself is what is proven.</summary>
    public LogRecordProof? LogRecord { get; init; }

    /// <summary>Signed notes of the log's rotations up to the checkpoint, the first one first; empty where its key was never rotated.</summary>
    public IReadOnlyList<string> Rotations { get; init; } = [];

    // What is claimed stands there in words as well, so that no bundle becomes another one by leaving something out.
    private string Claim => LogRecord is null ? "receipt" : "log_record";

    /// <summary>The bundle's one form: RFC 8785, and a newline.</summary>
    public byte[] ToBytes()
    {
        var json = new ArrayBufferWriter<byte>(32 * 1024);
        using (var writer = new Utf8JsonWriter(json))
        {
            writer.WriteStartObject();
            writer.WriteString("checkpoint", Checkpoint);
            writer.WriteString("claim", Claim);
            writer.WriteString("format", Format);
            writer.WriteStartArray("inclusion");
            foreach (var hash in Inclusion)
                writer.WriteStringValue(hash.ToHex());
            writer.WriteEndArray();
            if (LogRecord is { } record)
            {
                writer.WriteStartObject("log_record");
                writer.WriteNumber("line", record.Line);
                writer.WriteNumber("member_length", record.MemberLength);
                writer.WriteNumber("member_offset", record.MemberOffset);
                writer.WriteString("slice", Convert.ToBase64String(record.Slice.Span));
                writer.WriteString("text", record.Text.Span);
                writer.WriteEndObject();
            }
            writer.WritePropertyName("receipt");
            writer.WriteRawValue(Receipt.Span);
            if (Rotations.Count > 0)
            {
                writer.WriteStartArray("rotations");
                foreach (var note in Rotations)
                    writer.WriteStringValue(note);
                writer.WriteEndArray();
            }
            writer.WriteEndObject();
        }
        return [.. CanonicalJson.Canonicalize(json.WrittenSpan), (byte)'\n'];
    }

    /// <summary>Reads a bundle; nothing of it is proven by that.</summary>
    /// <param name="file">From a source that is not trusted; more than <see cref="MaxBytes"/> are refused before anything is read.</param>
    /// <exception cref="FormatException">Not a bundle in its one form; says what was found and expected.</exception>
    public static ProofBundle Parse(ReadOnlySpan<byte> file)
    {
        if (file.Length > MaxBytes)
            throw new FormatException($"found {file.Length} bytes, expected at most {MaxBytes}");
        if (file.IsEmpty || file[^1] != '\n')
            throw new FormatException("found no newline at the end, expected a whole bundle");
        var json = file[..^1];
        if (!CanonicalJson.IsCanonical(json))
            throw new FormatException("found no JSON, or JSON in another form, expected RFC 8785");
        using var document = JsonDocument.Parse(json.ToArray());
        var root = document.RootElement;
        Members(root, "the bundle", s_members, s_optionalMembers);
        if (Text(root, "format") != Format)
            throw new FormatException($"found format {Text(root, "format")}, expected {Format}");
        if (root.GetProperty("receipt").ValueKind != JsonValueKind.Object)
            throw new FormatException("receipt: expected an object");
        var bundle = new ProofBundle(CanonicalJson.Canonicalize(root.GetProperty("receipt")), ReadPath(root.GetProperty("inclusion")), Text(root, "checkpoint"))
        {
            LogRecord = root.TryGetProperty("log_record", out var record) ? ReadRecord(record) : null,
            Rotations = root.TryGetProperty("rotations", out var rotations) ? ReadRotations(rotations) : [],
        };
        return Text(root, "claim") == bundle.Claim ? bundle : throw new FormatException($"found claim {Text(root, "claim")}, expected {bundle.Claim} by what the bundle has");
    }

    private static Digest[] ReadPath(JsonElement path)
    {
        if (path.ValueKind != JsonValueKind.Array || path.GetArrayLength() > MaxPath)
            throw new FormatException($"inclusion: expected at most {MaxPath} hashes");
        return [.. path.EnumerateArray().Select(static hash =>
            hash.ValueKind == JsonValueKind.String && Digest.TryParseHex(hash.GetString(), out var digest) ? digest : throw new FormatException("inclusion: expected 64 lower-case hex digits"))];
    }

    private static string[] ReadRotations(JsonElement rotations)
    {
        // An empty list is a second spelling of none.
        if (rotations.ValueKind != JsonValueKind.Array || rotations.GetArrayLength() == 0)
            throw new FormatException("rotations: expected one signed note or more");
        return [.. rotations.EnumerateArray().Select(static note => note.ValueKind == JsonValueKind.String ? note.GetString()! : throw new FormatException("rotations: expected signed notes"))];
    }

    private static LogRecordProof ReadRecord(JsonElement record)
    {
        Members(record, "log_record", s_recordMembers, []);
        var slice = Text(record, "slice");
        var bytes = new byte[(slice.Length / 4 * 3) + 3];
        // One spelling alone: no white space, and no bits beside those that count.
        if (!Convert.TryFromBase64String(slice, bytes, out var length) || Convert.ToBase64String(bytes, 0, length) != slice)
            throw new FormatException("log_record.slice: expected base64");
        return new LogRecordProof(
            Encoding.UTF8.GetBytes(Text(record, "text")), Number(record, "member_offset", long.MaxValue), (int)Number(record, "member_length", int.MaxValue),
            (int)Number(record, "line", int.MaxValue), bytes.AsMemory(0, length));
    }

    private static void Members(JsonElement element, string where, string[] names, string[] optional)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw new FormatException($"{where}: expected an object");
        var found = element.EnumerateObject().Select(static member => member.Name).ToList();
        if (found.FirstOrDefault(name => !names.Contains(name)) is { } unknown)
            throw new FormatException($"{where}: found member {unknown}, expected {string.Join(", ", names)}");
        if (names.FirstOrDefault(name => !optional.Contains(name) && !found.Contains(name)) is { } missing)
            throw new FormatException($"{where}: found no member {missing}, expected one");
    }

    private static string Text(JsonElement element, string name) =>
        element.GetProperty(name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : throw new FormatException($"{name}: expected a string");

    private static long Number(JsonElement element, string name, long max) =>
        element.GetProperty(name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) && value >= 0 && value <= max
            ? value : throw new FormatException($"log_record.{name}: expected a whole number from 0 to {max}");
}
