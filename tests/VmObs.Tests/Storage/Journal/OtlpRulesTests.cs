using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using VmObs.Ledger.Hashing;
using VmObs.Signals.Wire;
using VmObs.Storage.Embedded.Journal;

namespace VmObs.Tests.Storage.Journal;

public sealed class OtlpRulesTests
{
    private const int RulesAt = 60;

    [Fact]
    public void A_head_gives_back_the_rules_it_was_written_with()
    {
        var rules = new IngestRules { OtlpTranslation = OtlpTranslation.NoUTF8EscapingWithSuffixes, PromoteResourceAttributes = ["cloud.region"], MaxLabels = 7 };
        var read = Read(new JournalSegment(1, default, 2, rules).ToBytes());
        Assert.Equivalent(rules, read, strict: true);
    }

    [Fact]
    public void A_head_from_before_translation_reads_names_as_they_came()
    {
        var rules = Read(Without(new JournalSegment(1, default, 2, new IngestRules { NodeAttributes = ["a"] }).ToBytes(), "OtlpTranslation", "PromoteResourceAttributes"));
        Assert.Equal(OtlpTranslation.AsSent, rules.OtlpTranslation);
        Assert.Empty(rules.PromoteResourceAttributes);
        Assert.Equal(["a"], rules.NodeAttributes);
    }

    private static IngestRules Read(byte[] head) => Assert.NotNull(JournalSegment.TryRead(head)).Segment.Rules;

    /// <summary>The head as it was before these rules were.</summary>
    private static byte[] Without(byte[] head, params string[] rules)
    {
        var json = Assert.IsType<JsonObject>(JsonNode.Parse(head.AsSpan(RulesAt, BinaryPrimitives.ReadInt32LittleEndian(head.AsSpan(RulesAt - 4)))));
        foreach (var rule in rules)
            Assert.True(json.Remove(rule));
        var text = Encoding.UTF8.GetBytes(json.ToJsonString());
        byte[] body = [.. head.AsSpan(0, RulesAt), .. text];
        BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(RulesAt - 4), text.Length);
        var hash = new byte[Digest.Bytes];
        Blake3.Hash(body).CopyTo(hash);
        return [.. body, .. hash];
    }
}
