using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using VmObs.Ledger.Hashing;
using VmObs.Signals.Wire;

namespace VmObs.Storage.Embedded.Journal;

/// <summary>The head of a segment file, and the files' names. Format: docs/format/journal.md.</summary>
/// <param name="FirstPosition">Position of the segment's first record.</param>
/// <param name="ChainBefore">The chain after the record before it; all zero for the first segment.</param>
/// <param name="CreatedUnixNanos">When the segment was begun.</param>
/// <param name="Rules">Rules that its requests were decoded by.</param>
internal sealed record JournalSegment(long FirstPosition, Digest ChainBefore, long CreatedUnixNanos, IngestRules Rules)
{
    private const int FixedBytes = 8 + 8 + 32 + 8 + 4;
    private const int MaxRulesBytes = 1024 * 1024;

    /// <summary>A head is no longer than this.</summary>
    public const int MaxHeadBytes = FixedBytes + MaxRulesBytes + Digest.Bytes;

    private static ReadOnlySpan<byte> Magic => "VMOJRNL1"u8;

    /// <summary>"00000000000000000001.journal".</summary>
    public static string FileName(long firstPosition) => firstPosition.ToString("D20", CultureInfo.InvariantCulture) + ".journal";

    /// <summary>Segment files of a folder with their first positions, ascending; other files are not ours.</summary>
    public static List<(string Path, long FirstPosition)> List(string folder)
    {
        var segments = new List<(string, long)>();
        foreach (var path in Directory.EnumerateFiles(folder, "*.journal"))
        {
            if (long.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var first))
                segments.Add((path, first));
        }
        segments.Sort((a, b) => a.Item2.CompareTo(b.Item2));
        return segments;
    }

    /// <summary>The head's bytes: fields, rules as JSON, BLAKE3 of all before.</summary>
    public byte[] ToBytes()
    {
        var rules = JsonSerializer.SerializeToUtf8Bytes(Rules, StorageJson.Default.IngestRules);
        var bytes = new byte[FixedBytes + rules.Length + Digest.Bytes];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), FirstPosition);
        ChainBefore.CopyTo(bytes.AsSpan(16));
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(48), CreatedUnixNanos);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(56), rules.Length);
        rules.CopyTo(bytes.AsSpan(FixedBytes));
        Blake3.Hash(bytes.AsSpan(0, FixedBytes + rules.Length)).CopyTo(bytes.AsSpan(FixedBytes + rules.Length));
        return bytes;
    }

    /// <summary>Reads a head; null when the bytes are not a whole one.</summary>
    public static (JournalSegment Segment, int Length)? TryRead(ReadOnlySpan<byte> file)
    {
        if (file.Length < FixedBytes || !file.StartsWith(Magic))
            return null;
        var rulesLength = BinaryPrimitives.ReadInt32LittleEndian(file[56..]);
        if (rulesLength is < 2 or > MaxRulesBytes || file.Length < FixedBytes + rulesLength + Digest.Bytes)
            return null;
        var body = file[..(FixedBytes + rulesLength)];
        if (Blake3.Hash(body) != new Digest(file.Slice(body.Length, Digest.Bytes)))
            return null;
        var rules = ReadRules(body[FixedBytes..]);
        return rules is null
            ? null
            : (new JournalSegment(
                BinaryPrimitives.ReadInt64LittleEndian(file[8..]), new Digest(file.Slice(16, Digest.Bytes)),
                BinaryPrimitives.ReadInt64LittleEndian(file[48..]), rules), body.Length + Digest.Bytes);
    }

    /// <summary>The rules of a head; those that its engine did not know are <see cref="IngestRules.Unrecorded"/>.</summary>
    private static IngestRules? ReadRules(ReadOnlySpan<byte> json)
    {
        if (JsonNode.Parse(json) is not JsonObject recorded)
            return null;
        var rules = JsonSerializer.SerializeToNode(IngestRules.Unrecorded, StorageJson.Default.IngestRules)!.AsObject();
        foreach (var (name, value) in recorded)
            rules[name] = value?.DeepClone();
        return rules.Deserialize(StorageJson.Default.IngestRules);
    }
}
