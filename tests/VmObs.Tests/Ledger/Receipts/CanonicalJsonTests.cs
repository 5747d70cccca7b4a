using System.Text;
using CsCheck;
using VmObs.Ledger.Receipts;

namespace VmObs.Tests.Ledger.Receipts;

public sealed class CanonicalJsonTests
{
    [Theory]
    // RFC 8785, 3.2.2 and 3.2.3: the specification's own examples.
    [InlineData("""{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}""",
        """{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}""")]
    [InlineData("""{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}""",
        "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}")]
    [InlineData(" { \"b\" : [ ] , \"a\" : { } } ", """{"a":{},"b":[]}""")]
    public void Examples_have_their_canonical_form(string json, string expected) =>
        Assert.Equal(expected, Encoding.UTF8.GetString(CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(json))));

    [Theory]
    // RFC 8785, appendix B.
    [InlineData(0x0000000000000000UL, "0")]
    [InlineData(0x8000000000000000UL, "0")]
    [InlineData(0x0000000000000001UL, "5e-324")]
    [InlineData(0x7fefffffffffffffUL, "1.7976931348623157e+308")]
    [InlineData(0x4340000000000000UL, "9007199254740992")]
    [InlineData(0x4430000000000000UL, "295147905179352830000")]
    [InlineData(0x44b52d02c7e14af5UL, "9.999999999999997e+22")]
    [InlineData(0x44b52d02c7e14af6UL, "1e+23")]
    [InlineData(0x44b52d02c7e14af7UL, "1.0000000000000001e+23")]
    [InlineData(0x444b1ae4d6e2ef4eUL, "999999999999999700000")]
    [InlineData(0x444b1ae4d6e2ef4fUL, "999999999999999900000")]
    [InlineData(0x444b1ae4d6e2ef50UL, "1e+21")]
    [InlineData(0x3eb0c6f7a0b5ed8cUL, "9.999999999999997e-7")]
    [InlineData(0x3eb0c6f7a0b5ed8dUL, "0.000001")]
    [InlineData(0x41b3de4355555553UL, "333333333.3333332")]
    [InlineData(0xbecbf647612f3696UL, "-0.0000033333333333333333")]
    public void Numbers_are_written_as_ECMAScript_does(ulong bits, string expected)
    {
        var json = BitConverter.UInt64BitsToDouble(bits).ToString("R", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(expected, Encoding.UTF8.GetString(CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(json))));
    }

    [Theory]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"a":1,"\u0061":2}""")]
    [InlineData("""{"b":{"a":1,"a":2}}""")]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("""{"a":"\udc00\ud800"}""")]
    [InlineData("""{"a":1}x""")]
    [InlineData("""{"a":01}""")]
    [InlineData("""{"a":1,}""")]
    [InlineData("")]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("""{"a":1e999}""")]
    [InlineData("""{"a":NaN}""")]
    [InlineData("""{"a":1""")]
    public void What_has_no_canonical_form_is_refused(string json) =>
        Assert.Throws<FormatException>(() => CanonicalJson.Canonicalize(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void The_canonical_form_of_any_numbers_and_texts_is_canonical() =>
        Gen.Select(Gen.Double.Where(double.IsFinite), Gen.String).Sample((number, text) =>
        {
            var clean = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
            var json = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object> { ["z"] = number, ["a"] = clean });
            var canonical = CanonicalJson.Canonicalize(json);
            Assert.True(CanonicalJson.IsCanonical(canonical));
            using var read = System.Text.Json.JsonDocument.Parse(canonical);
            Assert.Equal(number == 0 ? 0 : number, read.RootElement.GetProperty("z").GetDouble());
            Assert.Equal(clean, read.RootElement.GetProperty("a").GetString());
        });

    [Fact]
    public void Bytes_that_are_no_UTF8_are_refused() =>
        Assert.Throws<FormatException>(() => CanonicalJson.Canonicalize([(byte)'"', 0xC3, 0x28, (byte)'"']));

    [Fact]
    public void The_order_and_spacing_of_members_do_not_matter() =>
        Gen.Select(Gen.Dictionary(Gen.String[Gen.Char['\u0001', '\ud7ff'], 0, 6], Gen.Int)[0, 12], Gen.Int).Sample((members, seed) =>
        {
            var random = new Random(seed);
            var shuffled = members.OrderBy(_ => random.Next()).ToDictionary(pair => pair.Key, pair => pair.Value);
            var compact = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(members);
            var spaced = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(shuffled, s_spaced);
            var canonical = CanonicalJson.Canonicalize(compact);
            Assert.Equal(canonical, CanonicalJson.Canonicalize(spaced));
            Assert.Equal(canonical, CanonicalJson.Canonicalize(canonical));
            Assert.Equal(spaced.AsSpan().SequenceEqual(canonical), CanonicalJson.IsCanonical(spaced));
        });

    private static readonly System.Text.Json.JsonSerializerOptions s_spaced = new() { WriteIndented = true };
}
