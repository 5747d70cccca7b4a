using System.Text;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Keys;
using VmObs.Ledger.Verify;

namespace VmObs.Tests.Ledger.Keys;

public sealed class KeyChainTests : IDisposable
{
    private readonly RotatedScroll _scroll = new();

    public void Dispose() => _scroll.Dispose();

    [Fact]
    public void Every_key_of_the_chain_leads_to_root()
    {
        RotateTwice();
        for (byte number = 0; number < 3; number++)
        {
            var verifier = _scroll.Verify(_scroll.Root(), _scroll.Signer(number).PublicKey);
            Assert.Empty(verifier.Findings);
            Assert.Equal((6, _scroll.Present.PublicKey), (verifier.Size, verifier.Key));
            Assert.Equal(_scroll.Present.PublicKey, Assert.Single(verifier.HeadKeys));
        }
    }

    [Fact]
    public void A_key_outside_the_chain_is_found_at_the_first_rotation()
    {
        RotateTwice();
        var finding = _scroll.Verify(_scroll.Root(), _scroll.Signer(9).PublicKey).Findings[0];
        Assert.Contains($"line 2: found a rotation by {_scroll.Signer(0).PublicKey}, expected one by {_scroll.Signer(9).PublicKey}", finding, StringComparison.Ordinal);
    }

    [Fact]
    public void A_root_of_a_key_that_was_rotated_away_is_found()
    {
        RotateTwice();
        foreach (byte number in new[] { 0, 1 })
        {
            var findings = _scroll.Verify(_scroll.Root(_scroll.Signer(number)), _scroll.Signer(0).PublicKey).Findings;
            Assert.Contains($"found no signature of {_scroll.Present.PublicKey}", Assert.Single(findings), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_rotation_that_the_key_before_did_not_sign_is_found_at_its_line()
    {
        _scroll.Append();
        // The thief has the folder, and a key of his own.
        _scroll.Rotate(_scroll.Signer(9), signedBy: _scroll.Signer(9));
        var findings = _scroll.Verify(_scroll.Root(), _scroll.Signer(0).PublicKey).Findings;
        Assert.Contains("line 2 at byte", findings[0], StringComparison.Ordinal);
        Assert.Contains($"found no signature of {_scroll.Signer(0).PublicKey}", findings[0], StringComparison.Ordinal);
        Assert.Contains("ROOT.observability.txt: found no signature", findings[1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_rotation_of_a_key_that_did_not_sign_before_breaks_the_chain_at_its_line()
    {
        _scroll.Append();
        _scroll.Rotate(_scroll.Signer(1));
        _scroll.Rotate(_scroll.Signer(9), by: _scroll.Signer(0).PublicKey, signedBy: _scroll.Signer(0));
        var findings = _scroll.Verify(_scroll.Root(), _scroll.Signer(0).PublicKey).Findings;
        Assert.Contains($"line 3 at byte", findings[0], StringComparison.Ordinal);
        Assert.Contains($"found a rotation by {_scroll.Signer(0).PublicKey}, expected one by {_scroll.Signer(1).PublicKey}", findings[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_rotation_vouches_for_no_other_past_place_or_scroll()
    {
        var other = _scroll.Signer(1, "example.org/other");
        foreach (var (change, expected) in new (Func<KeyRotation, KeyRotation>, string)[]
        {
            (rotation => rotation with { Before = Blake3.Hash([1]) }, "found a rotation after root"),
            (rotation => rotation with { Seq = 7 }, "found a rotation at seq 7, expected seq 1"),
            (rotation => rotation with { Scroll = "example.org/other", Key = other.PublicKey }, "found scroll example.org/other, expected example.org/log"),
            (rotation => rotation with { Key = _scroll.Signer(5).PublicKey }, "as its note says"),
        })
        {
            using var scroll = new RotatedScroll();
            scroll.Append();
            scroll.Rotate(scroll.Signer(1), change: change);
            Assert.Contains(expected, scroll.Verify(scroll.Root(), scroll.Signer(0).PublicKey).Findings[0], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void An_older_root_verifies_under_its_own_key_and_what_follows_is_not_signed()
    {
        _scroll.Append();
        var older = _scroll.Root();
        _scroll.Rotate(_scroll.Signer(1));
        _scroll.Append();
        var verifier = _scroll.Verify(older, _scroll.Signer(0).PublicKey);
        Assert.Empty(verifier.Findings);
        Assert.Equal(2, verifier.Unsigned);
        Assert.Equal([_scroll.Signer(0).PublicKey, _scroll.Signer(1).PublicKey], verifier.HeadKeys);
        // Who knows the later key alone is not told by anybody that the earlier one was the scroll's then.
        Assert.Contains($"found no signature of {_scroll.Signer(1).PublicKey}", Assert.Single(_scroll.Verify(older, _scroll.Signer(1).PublicKey).Findings), StringComparison.Ordinal);
    }

    [Fact]
    public void A_root_that_somebody_kept_is_held_against_the_key_of_its_time()
    {
        _scroll.Append();
        var kept = _scroll.Root();
        _scroll.Rotate(_scroll.Signer(1));
        _scroll.Append();
        byte[] forged = _scroll.Root(_scroll.Signer(0));
        foreach (byte number in new[] { 0, 1 })
        {
            Assert.Empty(Findings(kept, number));
            Assert.Contains($"kept: found no signature of {_scroll.Signer(1).PublicKey}", Assert.Single(Findings(forged, number)), StringComparison.Ordinal);
        }

        IReadOnlyList<string> Findings(byte[] root, byte number)
        {
            var verifier = new ScrollVerifier(_scroll.Root(), _scroll.Signer(number).PublicKey);
            verifier.ExpectGrownFrom(root, "kept");
            _scroll.Lines.ForEach(line => verifier.Add(line));
            verifier.Finish(0);
            return verifier.Findings;
        }
    }

    [Fact]
    public void Words_of_a_rotation_in_what_a_sender_wrote_are_none()
    {
        _scroll.Append("\"type\":\"obs_trace_complete\",\"business_context\":{\"x\":{\"operation_type\":\"key_rotation\"}}");
        Assert.True(KeyChain.MayRotate(_scroll.Lines[0]));
        Assert.Empty(_scroll.Verify(_scroll.Root(), _scroll.Present.PublicKey).Findings);
    }

    [Fact]
    public void A_statement_is_read_as_it_was_written_and_in_no_other_spelling()
    {
        var rotation = new KeyRotation(RotatedScroll.Name, 41, Blake3.Hash([1]), _scroll.Signer(1).PublicKey);
        var text = rotation.ToText();
        Assert.Equal(rotation, KeyRotation.Parse(text));
        foreach (var wrong in new[] { text + "\n", text[..^1], text.Replace("\n41\n", "\n041\n", StringComparison.Ordinal), text.Replace("/key-rotation", "/journal-head", StringComparison.Ordinal), text.Replace("blake3:", "", StringComparison.Ordinal), text.Replace("example.org/log+", "example.org/lag+", StringComparison.Ordinal) })
            Assert.Throws<FormatException>(() => KeyRotation.Parse(wrong));
        // What signs one kind of note is not taken for another.
        Assert.Throws<FormatException>(() => Checkpoint.Parse(text));
        Assert.Throws<FormatException>(() => JournalHead.Parse(text));
    }

    [Fact]
    public void Any_changed_byte_of_a_rotation_is_found()
    {
        _scroll.Append();
        _scroll.Rotate(_scroll.Signer(1));
        var line = _scroll.Lines[1];
        var (key, before) = (_scroll.Signer(0).PublicKey, BeforeRotation());
        Assert.Null(new KeyChain(key).Add(line, before));
        // By the chain alone, as if the trees said nothing: every byte of key, previous_key and note counts.
        var text = Encoding.Latin1.GetString(line);
        foreach (var member in new[] { "\"key\":\"", "\"previous_key\":\"", "\"note\":\"" })
        {
            var from = text.IndexOf(member, StringComparison.Ordinal) + member.Length;
            for (var at = from; text[at] != '"'; at++)
            {
                var changed = (byte[])line.Clone();
                changed[at] ^= 0x01;
                // What is no JSON any more the scroll refuses before.
                if (line[at] >= 0x80 || changed[at] is (byte)'"' or (byte)'\\' || line[at] == '\\' || line[at - 1] == '\\')
                    continue;
                var chain = new KeyChain(key);
                Assert.True(chain.Add(changed, before) is not null || chain.Doubt is not null, $"{member} at {at - from}");
            }
        }
    }

    private Digest BeforeRotation()
    {
        using var again = new RotatedScroll();
        again.Append();
        Assert.True(Digest.TryParseHex(Encoding.UTF8.GetString(again.Lines[0]).Split("blake3:")[1].AsSpan(0, 64), out var root));
        return root;
    }

    private void RotateTwice()
    {
        _scroll.Append();
        _scroll.Rotate(_scroll.Signer(1));
        _scroll.Append();
        _scroll.Append();
        _scroll.Rotate(_scroll.Signer(2));
        _scroll.Append();
    }
}
