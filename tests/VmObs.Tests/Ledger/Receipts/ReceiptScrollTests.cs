using System.Text;
using CsCheck;
using VmObs.Ledger.Receipts;

namespace VmObs.Tests.Ledger.Receipts;

public sealed class ReceiptScrollTests
{
    // What makes a form canonical or not: order, white space, escapes, numbers, nesting, signs beyond the first plane.
    private static readonly Gen<string> s_name = OneOf("a", "b", "seq", "root_hash", "root", "root_hashes", "z", "é", "\uE000", "\U0001F600", "a\\u0041", "\\n", "Z", "");

    private static readonly Gen<string> s_value = OneOf(
        "0", "-0", "1", "-1", "12345678901234567", "1.0", "1.5", "1e21", "1E3", "1e3", "0.000001", "1e-7", "01", "true", "false", "null", "\"\"", "\"a\"", "\"é\"", "\"\\u00e9\"", "\"\\/\"",
        "\"\\n\"", "\"\\u000a\"", "\"\\u001f\"", "\"\\u001F\"", "\"\\u0008\"", "\"\\\"\"", "\"\\ud83d\\ude00\"", "\"\U0001F600\"", "\"\\ud800\"", "[]", "[1,2]", "[1, 2]", "[[{}]]", "{}", "{\"b\":1,\"c\":[]}", "{\"c\":1,\"b\":2}", "{\"b\":1,\"b\":2}",
        "{\"x\":{\"y\":[{\"z\":0}]}}", "\"\t\"");

    private static readonly Gen<string> s_line =
        from members in Gen.Select(s_name, s_value, (name, value) => $"\"{name}\":{value}").Array[0, 5]
        from separator in OneOf(",", ",", ",", ", ", ",,")
        from around in OneOf("{@}", "{@}", "{@}", "{@} ", " {@}", "[@]", "{@}x", "{ @}")
        select around.Replace("@", string.Join(separator, members), StringComparison.Ordinal);

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    [Fact]
    public void A_line_that_is_read_in_one_walk_is_canonical_and_gives_the_same_entry() => s_line.Sample(
        text =>
        {
            var line = Encoding.UTF8.GetBytes(text);
            if (!CanonicalLine.TryRead(line, out var facts))
                return;
            Assert.True(CanonicalJson.IsCanonical(line), text);
            byte[] entry = [.. line[..facts.RootHashMember.Start.Value], .. line[facts.RootHashMember.End.Value..]];
            // A root_hash that is no string is none.
            Assert.Equal(Encoding.UTF8.GetString(CanonicalJson.Canonicalize(line, "root_hash")), Encoding.UTF8.GetString(entry));
        },
        iter: 200_000);

    [Fact]
    public void A_canonical_line_with_plain_names_is_read_in_one_walk() => s_line.Sample(
        text =>
        {
            byte[] line;
            try
            {
                line = CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(text));
            }
            catch (FormatException)
            {
                return;
            }
            if (line[0] == '{' && !text.Contains('\uE000', StringComparison.Ordinal) && !text.Contains("\"\U0001F600\":", StringComparison.Ordinal) && !text.Contains("\\n\":", StringComparison.Ordinal))
                Assert.True(CanonicalLine.TryRead(line, out _), Encoding.UTF8.GetString(line));
        },
        iter: 100_000);

    [Theory]
    [InlineData("""{"seq":0}""")]
    [InlineData("""{"a":1,"seq":0,"z":"é"}""")]
    [InlineData("""{"a":1,"root":2,"root_hashes":3,"seq":0}""")]
    [InlineData("""{"business_context":{"größe":1},"seq":0}""")]
    [InlineData("{\"business_context\":{\"\uE000\":1,\"\U0001F600\":2},\"seq\":0}")]
    public void A_line_that_was_appended_replays(string receipt)
    {
        var scroll = new ReceiptScroll();
        var line = scroll.Append(Encoding.UTF8.GetBytes(receipt));
        Assert.True(CanonicalJson.IsCanonical(line));
        Assert.Equal(CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(receipt)), ReceiptScroll.EntryOf(line));
        var again = new ReceiptScroll();
        Assert.Null(again.Replay(line));
        Assert.Equal((scroll.Blake3Root, scroll.Sha256Root), (again.Blake3Root, again.Sha256Root));
    }

    [Theory]
    [InlineData("""{"seq":1}""", "says seq 1")]
    [InlineData("""{"a":1}""", "says seq")]
    [InlineData("""[0]""", "says seq")]
    [InlineData("""{"root_hash":"x","seq":0}""", "root_hash already")]
    public void What_is_no_receipt_of_its_place_is_not_appended(string receipt, string why)
    {
        var scroll = new ReceiptScroll();
        Assert.Contains(why, Assert.Throws<FormatException>(() => scroll.Append(Encoding.UTF8.GetBytes(receipt))).Message, StringComparison.Ordinal);
        Assert.Equal(0, scroll.Size);
    }
}
