using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using VmObs.Ledger.Hashing;
using VmObs.Signals;

namespace VmObs.Receipts.Gaps;

/// <summary>What the engine keeps on disk of counts that have no receipt yet. Format: docs/format/receipts.md, "Counts on their way".</summary>
/// <param name="Serial">Number of the open period.</param>
/// <param name="Open">The period that is being counted.</param>
/// <param name="Closed">The period before it, while it waits for its receipt; null when it has one.</param>
/// <param name="ReceiptedThrough">Position of the last decision whose traces have their receipts, or are in the counts.</param>
internal sealed record GapState(long Serial, GapState.Period Open, GapState.Period? Closed, long ReceiptedThrough)
{
    /// <summary>Position of the last decision whose sampled-out traces are in the counts.</summary>
    public long SampledThrough { get; init; }

    public const string RelativePath = "receipts/observability/gaps.state";

    private const string HashPrefix = "blake3:";

    /// <summary>One period.</summary>
    internal sealed record Period(long Start, long Latest, IReadOnlyList<Row> Counts);

    /// <summary>One count.</summary>
    internal sealed record Row(GapKind Kind, Signal Signal, string Reason, string Source, long Records, long Requests);

    /// <summary>The file's bytes: the hash of the second line, and the second line.</summary>
    public byte[] ToBytes()
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(this, GapJson.Default.GapState);
        return [.. Encoding.ASCII.GetBytes($"{HashPrefix}{Blake3.Hash(json).ToHex()}\n"), .. json, (byte)'\n'];
    }

    /// <summary>Reads the file; null when it is not there.</summary>
    /// <exception cref="FormatException">Not what was written.</exception>
    public static GapState? Read(string path) => File.Exists(path) ? Parse(File.ReadAllBytes(path)) : null;

    private static GapState Parse(ReadOnlySpan<byte> bytes)
    {
        var lineBytes = HashPrefix.Length + (2 * Digest.Bytes) + 1;
        if (bytes.Length < lineBytes + 1 || bytes[^1] != (byte)'\n')
            throw new FormatException($"found {bytes.Length} bytes, expected a hash and counts, a line each");
        var json = bytes[lineBytes..^1];
        var expected = $"{HashPrefix}{Blake3.Hash(json).ToHex()}\n";
        if (Encoding.ASCII.GetString(bytes[..lineBytes]) != expected)
            throw new FormatException($"found counts that are not those hashed in line 1, expected {expected.TrimEnd()}");
        try
        {
            return JsonSerializer.Deserialize(json, GapJson.Default.GapState) ?? throw new FormatException("found null, expected counts");
        }
        catch (JsonException error)
        {
            throw new FormatException($"found JSON of another kind, expected counts: {error.Message}", error);
        }
    }
}

/// <summary>JSON of the counts, without reflection.</summary>
[JsonSerializable(typeof(GapState))]
internal sealed partial class GapJson : JsonSerializerContext;
