using System.Text.Json;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Hashing;

namespace VmObs.Ledger.Keys;

/// <summary>Which key signs a scroll, followed through the rotations in its receipts from a key that is trusted.</summary>
/// <remarks>
/// Each rotation is signed by the key before it, so whoever trusts one key trusts those after it; and a key that signs ROOT over the receipts of
/// earlier rotations vouches for them, so that any key of the chain will do. Not thread-safe.
/// </remarks>
/// <param name="trusted">A key of the scroll, from a source that is trusted.</param>
public sealed class KeyChain(NoteKey trusted)
{
    private readonly List<SignedRotation> _rotations = [];
    private bool _isBroken;

    // Canonical JSON has one spelling: a line without these bytes is no rotation.
    private static ReadOnlySpan<byte> Mark => "\"operation_type\":\"key_rotation\""u8;

    /// <summary>The key that signs ROOT over the receipts so far.</summary>
    public NoteKey Current => _rotations.Count == 0 ? trusted : _rotations[^1].Statement.Key;

    /// <summary>The rotations so far, as far as they follow one another.</summary>
    public IReadOnlyList<SignedRotation> Rotations => _rotations;

    /// <summary>Why nobody who is trusted vouches for <see cref="Current"/>; null when somebody does.</summary>
    public string? Doubt => _rotations.Count == 0 || _rotations.Exists(rotation => rotation.By.Equals(trusted) || rotation.Statement.Key.Equals(trusted))
        ? null
        : $"line {_rotations[0].Statement.Seq + 1}: found a rotation by {_rotations[0].By}, expected one by {trusted}, or one that leads to it";

    /// <summary>Whether a line may be a rotation: one that is not need not be handed to <see cref="Add"/>.</summary>
    public static bool MayRotate(ReadOnlySpan<byte> line) => line.IndexOf(Mark) >= 0;

    /// <summary>Takes the next receipt that may be a rotation.</summary>
    /// <param name="line">A line of the scroll whose form and seq were checked, without its newline.</param>
    /// <param name="before">BLAKE3 root over the receipts before it; null where the caller has checked them in another way.</param>
    /// <returns>What is wrong with it, as found and expected; null when nothing is, or it is no rotation. After a wrong one the chain does not go on.</returns>
    public string? Add(ReadOnlySpan<byte> line, Digest? before)
    {
        if (_isBroken || !MayRotate(line))
            return null;
        using var document = JsonDocument.Parse(line.ToArray());
        var receipt = document.RootElement;
        // The words may stand inside what a sender wrote.
        if (Text(receipt, "type") != "obs_operation" || Text(receipt, "operation_type") != KeyRotation.OperationType)
            return null;
        try
        {
            _rotations.Add(Read(receipt, before));
            return null;
        }
        catch (FormatException error)
        {
            _isBroken = true;
            return error.Message;
        }
    }

    private SignedRotation Read(JsonElement receipt, Digest? before)
    {
        var by = NoteKey.Parse(Text(receipt, "previous_key") ?? "");
        // The first of them says which key began the scroll; whether that one is trusted shows when the chain meets the trusted key.
        if (by.Name != trusted.Name || (_rotations.Count > 0 && !by.Equals(Current)))
            throw new FormatException($"found a rotation by {by}, expected one by {Current}");
        var rotation = SignedRotation.Read(Text(receipt, "note") ?? "", by) with { SealedAt = Text(receipt, "sealed_at") };
        var statement = rotation.Statement;
        if (statement.Seq != receipt.GetProperty("seq").GetInt64())
            throw new FormatException($"found a rotation at seq {statement.Seq}, expected seq {receipt.GetProperty("seq")}");
        if (before is { } root && root != statement.Before)
            throw new FormatException($"found a rotation after root {statement.Before}, expected {root}");
        return Text(receipt, "key") == statement.Key.ToVerifierKey()
            ? rotation
            : throw new FormatException($"found key {Text(receipt, "key")}, expected {statement.Key.ToVerifierKey()} as its note says");
    }

    private static string? Text(JsonElement receipt, string name) =>
        receipt.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
