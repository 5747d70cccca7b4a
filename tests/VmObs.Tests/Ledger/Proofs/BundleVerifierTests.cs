using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Hashing;
using VmObs.Ledger.Proofs;
using VmObs.Ledger.Receipts;
using VmObs.Tests.Support;

namespace VmObs.Tests.Ledger.Proofs;

public sealed class BundleVerifierTests(ProvenRecord proven) : IClassFixture<ProvenRecord>
{
    private const int Mutations = 10_000;

    [Fact]
    public void The_bundle_itself_verifies_and_reads_back_as_it_was_written()
    {
        Assert.Null(BundleVerifier.Verify(proven.Bundle, proven.Key).Fault);
        Assert.Equal(proven.Bundle, ProofBundle.Parse(proven.Bundle).ToBytes());
    }

    [Fact]
    public void A_bundle_changed_in_what_it_says_and_written_validly_never_verifies()
    {
        var random = new Random(7);
        for (var round = 0; round < Mutations; round++)
        {
            var root = JsonNode.Parse(proven.Bundle)!.AsObject();
            var what = Change(root, random);
            byte[] bytes;
            try
            {
                bytes = [.. CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(root.ToJsonString())), (byte)'\n'];
            }
            catch (FormatException)
            {
                // Not a thing that can be written.
                continue;
            }
            if (bytes.AsSpan().SequenceEqual(proven.Bundle))
                continue;
            var verdict = BundleVerifier.Verify(bytes, proven.Key);
            Assert.True(verdict.Fault is not null, $"round {round}: verified with {what} changed");
            Assert.Empty(verdict.Proven);
        }
    }

    [Fact]
    public void A_bundle_with_any_byte_changed_never_verifies()
    {
        var random = new Random(11);
        for (var round = 0; round < Mutations; round++)
        {
            byte[] bytes = [.. proven.Bundle];
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            Assert.NotNull(BundleVerifier.Verify(bytes, proven.Key).Fault);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("{}\n")]
    [InlineData("[]\n")]
    [InlineData("null\n")]
    [InlineData("{\"checkpoint\":1,\"claim\":\"receipt\",\"format\":\"vm-obs-proof/1\",\"inclusion\":[],\"receipt\":{}}\n")]
    [InlineData("{\"checkpoint\":\"\",\"claim\":\"receipt\",\"format\":\"vm-obs-proof/2\",\"inclusion\":[],\"receipt\":{}}\n")]
    [InlineData("{\"checkpoint\":\"\",\"claim\":\"receipt\",\"format\":\"vm-obs-proof/1\",\"inclusion\":[],\"receipt\":{},\"x\":1}\n")]
    [InlineData("{\"checkpoint\":\"\",\"claim\":\"log_record\",\"format\":\"vm-obs-proof/1\",\"inclusion\":[],\"receipt\":{}}\n")]
    [InlineData("{ \"checkpoint\":\"\",\"format\":\"vm-obs-proof/1\",\"inclusion\":[],\"receipt\":{}}\n")]
    public void What_is_no_bundle_says_what_was_found(string text) =>
        Assert.Contains("expected", BundleVerifier.Verify(Encoding.UTF8.GetBytes(text), proven.Key).Fault, StringComparison.Ordinal);

    [Fact]
    public void A_member_with_more_text_than_a_block_can_have_is_not_inflated()
    {
        var fault = BundleVerifier.Verify(proven.WithFile(ProvenRecord.Pack(new byte[40 * 1024 * 1024])), proven.Key).Fault;
        Assert.Contains("expected at most", fault, StringComparison.Ordinal);
    }

    private static string Change(JsonObject root, Random random)
    {
        var places = new List<(JsonNode Parent, object At, JsonNode? Value)>();
        Collect(root, places);
        var (parent, at, value) = places[random.Next(places.Count)];
        JsonNode? changed = value?.GetValueKind() switch
        {
            JsonValueKind.String => ChangedText(value.GetValue<string>(), random),
            JsonValueKind.Number => JsonValue.Create(value.GetValue<double>() + random.Next(-3, 4)),
            JsonValueKind.True or JsonValueKind.False => JsonValue.Create(!value.GetValue<bool>()),
            _ => JsonValue.Create(random.Next()),
        };
        switch (random.Next(8))
        {
            case 0 when parent is JsonObject from:
                from.Remove((string)at);
                break;
            case 0 when parent is JsonArray from:
                from.RemoveAt((int)at);
                break;
            case 1 when parent is JsonObject to:
                to["added"] = changed;
                break;
            case 1 when parent is JsonArray to:
                to.Add(changed);
                break;
            case 2 when parent is JsonArray list && list.Count > 1:
                var moved = list[(int)at];
                list.RemoveAt((int)at);
                list.Insert(random.Next(list.Count + 1), moved);
                break;
            default:
                if (parent is JsonObject members)
                    members[(string)at] = changed;
                else
                    parent.AsArray()[(int)at] = changed;
                break;
        }
        return $"{parent.GetPath()}.{at}";
    }

    private static void Collect(JsonNode node, List<(JsonNode Parent, object At, JsonNode? Value)> places)
    {
        IEnumerable<(object At, JsonNode? Value)> children = node switch
        {
            JsonObject members => members.Select(member => ((object)member.Key, member.Value)),
            JsonArray items => items.Select((item, index) => ((object)index, item)),
            _ => [],
        };
        foreach (var (at, value) in children)
        {
            places.Add((node, at, value));
            if (value is JsonObject or JsonArray)
                Collect(value, places);
        }
    }

    // Texts in base64 and hex stay such texts, so that more than their spelling is tried.
    private static JsonValue ChangedText(string text, Random random)
    {
        if (text.Length > 200 && Convert.TryFromBase64String(text, new byte[text.Length], out var length))
        {
            var bytes = Convert.FromBase64String(text);
            bytes[random.Next(length)] ^= (byte)(1 << random.Next(8));
            return JsonValue.Create(Convert.ToBase64String(random.Next(4) == 0 ? bytes[..random.Next(length)] : bytes));
        }
        if (text.Length == 0)
            return JsonValue.Create("x");
        var signs = text.ToCharArray();
        var at = random.Next(signs.Length);
        signs[at] = char.IsAsciiHexDigitLower(signs[at]) ? "0123456789abcdef"[random.Next(16)] : (char)random.Next(' ', '~');
        return JsonValue.Create(new string(signs));
    }
}
