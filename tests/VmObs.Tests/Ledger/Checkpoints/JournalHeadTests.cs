using System.Text;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Hashing;

namespace VmObs.Tests.Ledger.Checkpoints;

public sealed class JournalHeadTests
{
    private static readonly JournalHead s_head = new("example.org/log", 42, Blake3.Hash([1]), 1_765_031_400_000_000_001, Stopped: false);

    [Fact]
    public void The_text_is_five_lines_whose_first_is_no_scrolls_origin() => Assert.Equal(
        "example.org/log/journal-head\n42\nblake3:48fc721fbbc172e0925fa27af1671de225ba927134802998b10a1568a188652b\n1765031400000000001\nrunning\n", s_head.ToText());

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_signed_head_reads_back(bool stopped)
    {
        using var signer = new NoteSigner("example.org/log", new byte[32]);
        foreach (var head in new[] { s_head with { Stopped = stopped }, new JournalHead("example.org/log", 0, default, 0, stopped), s_head with { Position = long.MaxValue } })
            Assert.Equal(head, JournalHead.Read(signer.Sign(head.ToText()), signer.PublicKey));
    }

    [Fact]
    public void A_head_is_never_a_checkpoint_and_a_checkpoint_never_a_head()
    {
        Assert.Throws<FormatException>(() => Checkpoint.Parse(s_head.ToText()));
        Assert.Throws<FormatException>(() => JournalHead.Parse(new Checkpoint("example.org/log/journal-head", 42, Blake3.Hash([1]), Blake3.Hash([2])).ToText()));
    }

    [Fact]
    public void Another_signer_another_scroll_and_a_changed_text_are_refused()
    {
        using var signer = new NoteSigner("example.org/log", new byte[32]);
        using var other = new NoteSigner("example.org/log", [.. Enumerable.Repeat((byte)1, 32)]);
        var note = signer.Sign(s_head.ToText());
        Assert.Contains("found no signature of", Refusal(note, other.PublicKey), StringComparison.Ordinal);
        Assert.Contains("found scroll example.org/other", Refusal(signer.Sign((s_head with { Scroll = "example.org/other" }).ToText()), signer.PublicKey), StringComparison.Ordinal);
        Assert.Contains("does not verify", Refusal(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(note).Replace("\n42\n", "\n43\n", StringComparison.Ordinal)), signer.PublicKey), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("example.org/log", 1)]
    [InlineData("/journal-head", 1)]
    [InlineData("example org/journal-head", 1)]
    [InlineData("-1", 2)]
    [InlineData("042", 2)]
    [InlineData("+42", 2)]
    [InlineData("9223372036854775808", 2)]
    [InlineData("", 2)]
    [InlineData("0", 2, 3)]
    [InlineData("blake3:", 3)]
    [InlineData("48fc721fbbc172e0925fa27af1671de225ba927134802998b10a1568a188652b", 3)]
    [InlineData("blake3:48FC721FBBC172E0925FA27AF1671DE225BA927134802998B10A1568A188652B", 3)]
    [InlineData("1765031400.5", 4)]
    [InlineData("-5", 4)]
    [InlineData("Running", 5)]
    [InlineData("", 5)]
    public void What_is_no_head_is_refused_by_its_line(string line, int number, int? named = null)
    {
        var lines = s_head.ToText().Split('\n');
        lines[number - 1] = line;
        Assert.Contains($"line {named ?? number}:", Assert.Throws<FormatException>(() => JournalHead.Parse(string.Join('\n', lines))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n\n\n\n")]
    [InlineData("more\n")]
    public void Fewer_and_more_lines_are_refused(string instead) =>
        Assert.Throws<FormatException>(() => JournalHead.Parse(instead == "more\n" ? s_head.ToText() + instead : instead));

    [Fact]
    public void A_file_of_any_size_and_content_is_refused_in_bounded_time()
    {
        using var signer = new NoteSigner("example.org/log", new byte[32]);
        Assert.Contains("at most 65536", Refusal(new byte[SignedNote.MaxBytes + 1], signer.PublicKey), StringComparison.Ordinal);
        Refusal(Encoding.UTF8.GetBytes(new string('\n', SignedNote.MaxBytes)), signer.PublicKey);
        var note = signer.Sign(s_head.ToText());
        for (var at = 0; at < note.Length; at++)
        {
            var damaged = note.ToArray();
            damaged[at] ^= 1;
            Refusal(damaged, signer.PublicKey);
        }
    }

    private static string Refusal(byte[] file, NoteKey key) => Assert.Throws<FormatException>(() => JournalHead.Read(file, key)).Message;
}
