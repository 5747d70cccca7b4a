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
}
