using System.Text;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Hashing;

namespace VmObs.Tests.Ledger.Checkpoints;

public sealed class CheckpointTests
{
    // The example of golang.org/x/mod/sumdb/note's documentation, an implementation of the same format.
    private const string PublishedKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    private const string PublishedNote =
        "If you think cryptography is the answer to your problem,\n" +
        "then you don't know what your problem is.\n\n" +
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    private static readonly byte[] s_seed = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    [Fact]
    public void The_published_note_verifies_with_the_published_key()
    {
        var key = NoteKey.Parse(PublishedKey);
        Assert.Equal(PublishedKey, key.ToVerifierKey());
        Assert.True(SignedNote.Parse(Encoding.UTF8.GetBytes(PublishedNote)).IsSignedBy(key));
    }

    [Fact]
    public void A_changed_text_is_an_error_and_another_key_an_absence()
    {
        var changed = SignedNote.Parse(Encoding.UTF8.GetBytes(PublishedNote.Replace("problem is", "problem was", StringComparison.Ordinal)));
        Assert.Throws<FormatException>(() => changed.IsSignedBy(NoteKey.Parse(PublishedKey)));
        using var other = new NoteSigner("PeterNeumann", s_seed);
        Assert.False(SignedNote.Parse(Encoding.UTF8.GetBytes(PublishedNote)).IsSignedBy(other.PublicKey));
    }

    [Fact]
    public void A_signed_checkpoint_reads_back()
    {
        using var signer = new NoteSigner("example.org/log", s_seed);
        var checkpoint = new Checkpoint("example.org/log", 42, Blake3.Hash([1]), Blake3.Hash([2]));
        var note = SignedNote.Parse(signer.Sign(checkpoint.ToText()));
        Assert.True(note.IsSignedBy(NoteKey.Parse(signer.PublicKey.ToVerifierKey())));
        Assert.Equal(checkpoint, Checkpoint.Parse(note.Text));
    }

    [Theory]
    [InlineData("origin\n042\n{r}\n{b}\n")]
    [InlineData("origin\n42\n{r}\n")]
    [InlineData("origin\n42\n{r} \n{b}\n")]
    [InlineData("or igin\n42\n{r}\n{b}\n")]
    [InlineData("origin\n-1\n{r}\n{b}\n")]
    [InlineData("origin\n42\n{r}\nsha3:00\n")]
    public void What_is_no_checkpoint_is_refused(string text)
    {
        var root = Convert.ToBase64String(new byte[32]);
        var blake3 = "blake3:" + new string('0', 64);
        Assert.Throws<FormatException>(() => Checkpoint.Parse(text.Replace("{r}", root, StringComparison.Ordinal).Replace("{b}", blake3, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")]
    [InlineData("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n\n")]
    [InlineData("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBf sVkmqq/LDE4izWy10TW")]
    [InlineData(" PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")]
    [InlineData("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")]
    [InlineData("Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")]
    [InlineData("PeterNeumann+c74f20a3+AhpcZQcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")]
    [InlineData("PeterNeumann+c74f20a3")]
    public void A_verifier_key_has_one_spelling(string key) => Assert.Throws<FormatException>(() => NoteKey.Parse(key));

    [Fact]
    public void An_unknown_signature_is_ignored_and_a_known_one_must_verify_wherever_it_stands()
    {
        var key = NoteKey.Parse(PublishedKey);
        using var other = new NoteSigner("EnochRoot", s_seed);
        var text = PublishedNote[..(PublishedNote.IndexOf("\n\n", StringComparison.Ordinal) + 1)];
        var foreign = Encoding.UTF8.GetString(other.Sign(text)).Split('\n')[^2] + "\n";
        Assert.True(SignedNote.Parse(Encoding.UTF8.GetBytes(PublishedNote + foreign)).IsSignedBy(key));
        Assert.False(SignedNote.Parse(Encoding.UTF8.GetBytes(text + "\n" + foreign)).IsSignedBy(key));
        // The same key and id over zeros: one good signature does not make up for a wrong one.
        var wrong = "— PeterNeumann " + Convert.ToBase64String([0xc7, 0x4f, 0x20, 0xa3, .. new byte[64]]) + "\n";
        Assert.Throws<FormatException>(() => SignedNote.Parse(Encoding.UTF8.GetBytes(PublishedNote + wrong)).IsSignedBy(key));
        var truncated = "— PeterNeumann " + Convert.ToBase64String([0xc7, 0x4f, 0x20, 0xa3, 1]) + "\n";
        Assert.Throws<FormatException>(() => SignedNote.Parse(Encoding.UTF8.GetBytes(PublishedNote + truncated)).IsSignedBy(key));
    }

    [Theory]
    [InlineData("text\n\n")]
    [InlineData("text\n\n— name AAAAAAE=")]
    [InlineData("text\n\n— name AAAAAAE\n")]
    [InlineData("text\n\n— name AAAAAAF=\n")]
    [InlineData("text\n\n- name AAAAAAE=\n")]
    [InlineData("text\n\n— na+me AAAAAAE=\n")]
    [InlineData("text\r\n\n— name AAAAAAE=\n")]
    [InlineData("text\n\n— name  AAAAAAE=\n")]
    public void What_is_no_note_is_refused(string note) => Assert.Throws<FormatException>(() => SignedNote.Parse(Encoding.UTF8.GetBytes(note)));

    [Fact]
    public void A_note_over_the_limits_is_refused()
    {
        Assert.Throws<FormatException>(() => SignedNote.Parse(new byte[SignedNote.MaxBytes + 1]));
        Assert.Throws<FormatException>(() => SignedNote.Parse([.. "text\n\n"u8, .. Enumerable.Repeat("— name AAAAAAE=\n", 101).SelectMany(Encoding.UTF8.GetBytes)]));
        Assert.Equal(16, SignedNote.Parse([.. "text\n\n"u8, .. Enumerable.Repeat("— name AAAAAAE=\n", 16).SelectMany(Encoding.UTF8.GetBytes)]).Signatures.Count);
    }
}
