using System.Text;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Receipts;
using VmObs.Ledger.Verify;

namespace VmObs.Tests.Ledger.Verify;

public sealed class ScrollVerifierTests
{
    private readonly NoteSigner _signer = new("example.org/log", new byte[32]);
    private readonly List<byte[]> _lines = [];
    private readonly byte[] _root;

    public ScrollVerifierTests()
    {
        var scroll = new ReceiptScroll();
        for (var i = 0; i < 5; i++)
            _lines.Add(scroll.Append(Encoding.UTF8.GetBytes($$"""{"type":"obs_log_batch","seq":{{i}},"n":{{i * 1.5}}}""")));
        _root = _signer.Sign(new Checkpoint("example.org/log", scroll.Size, scroll.Sha256Root, scroll.Blake3Root).ToText());
    }

    [Fact]
    public void An_untouched_scroll_has_no_findings() => Assert.Empty(Verify(_lines, _root));

    [Fact]
    public void Any_changed_byte_of_any_line_is_found_at_its_line()
    {
        for (var line = 0; line < _lines.Count; line++)
        {
            for (var at = 0; at < _lines[line].Length; at++)
            {
                var lines = _lines.ToList();
                lines[line] = [.. _lines[line]];
                lines[line][at] ^= 0x01;
                Assert.Contains($"line {line + 1} at byte", Verify(lines, _root)[0], StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Any_changed_byte_of_root_is_found()
    {
        for (var at = 0; at < _root.Length; at++)
        {
            var root = _root.ToArray();
            root[at] ^= 0x01;
            Assert.Contains("ROOT", Verify(_lines, root)[0], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Deleted_duplicated_and_reordered_lines_are_found()
    {
        Assert.Contains("line 3", Verify([.. _lines.Take(2), .. _lines.Skip(3)], _root)[0], StringComparison.Ordinal);
        Assert.Contains("line 3", Verify([_lines[0], _lines[1], _lines[1], .. _lines.Skip(2)], _root)[0], StringComparison.Ordinal);
        Assert.Contains("line 1", Verify([_lines[1], _lines[0], .. _lines.Skip(2)], _root)[0], StringComparison.Ordinal);
        Assert.Contains("expected 5 as ROOT says", Verify([.. _lines.Take(4)], _root)[0], StringComparison.Ordinal);
        Assert.Contains("without a newline", Verify(_lines, _root, torn: 7)[0], StringComparison.Ordinal);
        Assert.Contains("ROOT.observability.txt: not there", Verify(_lines, null)[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Lines_beyond_root_are_counted_and_no_finding()
    {
        var scroll = new ReceiptScroll();
        foreach (var line in _lines)
            Assert.Null(scroll.Replay(line));
        var verifier = new ScrollVerifier(_root, _signer.PublicKey);
        foreach (var line in _lines.Append(scroll.Append("""{"seq":5,"type":"obs_gap"}"""u8)))
            Assert.True(verifier.Add(line));
        verifier.Finish(0);
        Assert.Empty(verifier.Findings);
        Assert.Equal(1, verifier.Unsigned);
    }

    [Fact]
    public void Either_root_that_is_not_the_scrolls_is_found_even_over_no_receipts()
    {
        var empty = new ReceiptScroll();
        var other = VmObs.Ledger.Hashing.Blake3.Hash([1]);
        byte[] Sign(VmObs.Ledger.Hashing.Digest sha256, VmObs.Ledger.Hashing.Digest blake3) => _signer.Sign(new Checkpoint("example.org/log", 0, sha256, blake3).ToText());
        Assert.Empty(Verify([], Sign(empty.Sha256Root, empty.Blake3Root)));
        Assert.Contains("ROOT.observability.txt: found SHA-256 root", Assert.Single(Verify([], Sign(other, empty.Blake3Root))), StringComparison.Ordinal);
        Assert.Contains("ROOT.observability.txt: found BLAKE3 root", Assert.Single(Verify([], Sign(empty.Sha256Root, other))), StringComparison.Ordinal);
    }

    private IReadOnlyList<string> Verify(IReadOnlyList<byte[]> lines, byte[]? root, int torn = 0)
    {
        var verifier = new ScrollVerifier(root, _signer.PublicKey);
        foreach (var line in lines)
            verifier.Add(line);
        verifier.Finish(torn);
        return verifier.Findings;
    }
}
