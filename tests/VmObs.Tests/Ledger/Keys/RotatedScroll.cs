using System.Globalization;
using System.Text;
using System.Text.Json;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Keys;
using VmObs.Ledger.Receipts;
using VmObs.Ledger.Verify;

namespace VmObs.Tests.Ledger.Keys;

/// <summary>A scroll whose key is rotated, made of the ledger alone.</summary>
internal sealed class RotatedScroll : IDisposable
{
    public const string Name = "example.org/log";

    private readonly ReceiptScroll _scroll = new();
    private readonly List<NoteSigner> _signers = [];

    public RotatedScroll() => Present = Signer(0);

    public List<byte[]> Lines { get; } = [];

    public NoteSigner Present { get; private set; }

    /// <summary>Its key of a number; the same ones in every scroll.</summary>
    public NoteSigner Signer(byte number, string name = Name)
    {
        _signers.Add(new NoteSigner(name, [.. Enumerable.Repeat((byte)(number + 1), 32)]));
        return _signers[^1];
    }

    public void Append(string members = "\"type\":\"obs_log_batch\"") =>
        Lines.Add(_scroll.Append(Encoding.UTF8.GetBytes($$"""{"seq":{{_scroll.Size}},{{members}}}""")));

    /// <summary>Another key signs from here on.</summary>
    /// <param name="next">That key.</param>
    /// <param name="by">Who is said to have been before; null for who was.</param>
    /// <param name="signedBy">Who signs that; null for who is said to have been before.</param>
    /// <param name="change">What is made of the statement before it is signed.</param>
    public void Rotate(NoteSigner next, NoteKey? by = null, NoteSigner? signedBy = null, Func<KeyRotation, KeyRotation>? change = null)
    {
        var rotation = new KeyRotation(Name, _scroll.Size, _scroll.Blake3Root, next.PublicKey);
        var note = Encoding.UTF8.GetString((signedBy ?? Present).Sign((change?.Invoke(rotation) ?? rotation).ToText()));
        Append(string.Create(
            CultureInfo.InvariantCulture,
            $"\"type\":\"obs_operation\",\"operation_type\":\"key_rotation\",\"key\":{Json(next.PublicKey.ToVerifierKey())},\"previous_key\":{Json((by ?? Present.PublicKey).ToVerifierKey())},\"note\":{Json(note)}"));
        Present = next;
    }

    /// <summary>ROOT as it stands now.</summary>
    public byte[] Root(NoteSigner? by = null) => (by ?? Present).Sign(new Checkpoint(Name, _scroll.Size, _scroll.Sha256Root, _scroll.Blake3Root).ToText());

    public ScrollVerifier Verify(byte[] root, NoteKey trusted)
    {
        var verifier = new ScrollVerifier(root, trusted);
        foreach (var line in Lines)
            verifier.Add(line);
        verifier.Finish(0);
        return verifier;
    }

    public void Dispose() => _signers.ForEach(signer => signer.Dispose());

    private static string Json(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}
