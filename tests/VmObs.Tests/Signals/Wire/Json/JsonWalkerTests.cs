using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using VmObs.Signals;
using VmObs.Signals.Wire;
using VmObs.Signals.Wire.Json;
using VmObs.Tests.Support;

namespace VmObs.Tests.Signals.Wire.Json;

public sealed class JsonWalkerTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("{\"a\":1,}", 7, "a member's name in quotes", "'}'")]
    [InlineData("[1,]", 3, "a value", "']'")]
    [InlineData("[1 2]", 3, "',' or ']'", "'2'")]
    [InlineData("{\"a\" 1}", 5, "':'", "'1'")]
    [InlineData("\"a\nb\"", 2, "a string's end", "byte 0x0a")]
    [InlineData("\"\\x\"", 2, "an escape that JSON has", "'x'")]
    [InlineData("01", 1, null, null)]
    [InlineData("-", 1, "a digit", "the end")]
    [InlineData("1.e5", 2, "a digit", "'e'")]
    [InlineData("nul", 0, "a value", "'n'")]
    [InlineData("", 0, "a value", "the end")]
    public void Fault_says_where_what_and_what_instead(string json, int offset, string? expected, string? found)
    {
        var fault = default(WireFault);
        var walker = new JsonWalker(Encoding.UTF8.GetBytes(json), 0, ref fault);
        walker.ReadValue();
        Assert.Equal((expected, found), (fault.Expected, fault.Found));
        Assert.Equal(offset, expected is null ? walker.Position : fault.Offset);
    }

    [Fact]
    public void Values_may_nest_to_the_limit_and_no_deeper()
    {
        static bool Reads(int depth)
        {
            var fault = default(WireFault);
            var walker = new JsonWalker(Encoding.UTF8.GetBytes(new string('[', depth) + new string(']', depth)), 0, ref fault);
            walker.ReadValue();
            return !walker.Failed && walker.AtEnd();
        }
        Assert.True(Reads(JsonWalker.MaxDepth));
        Assert.False(Reads(JsonWalker.MaxDepth + 1));
    }

    [Fact]
    public void Text_that_is_no_UTF8_is_a_fault()
    {
        var fault = default(WireFault);
        var walker = new JsonWalker([(byte)'"', 0xC3, (byte)'"'], 0, ref fault);
        walker.ReadValue();
        Assert.Equal("UTF-8", fault.Expected);
    }

    [Fact]
    public void Takes_what_another_JSON_reader_takes_and_copies_its_meaning()
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        var random = new Random(seed);
        byte[][] bodies = [JsonBodies.SpecLog, JsonBodies.SpecTrace, JsonBodies.LokiPush, "[{\"a\\u00e9\\ud83d\\ude00\":[-0.5e+3,\"\\\\\\\"/\\n\",null,true,false,{}]},[] ]"u8.ToArray()];
        const string Alphabet = "{}[]\",:\\ntrufalse0123456789.eE+- \t";
        int taken = 0, refused = 0;
        for (var round = 0; round < 20_000; round++)
        {
            var body = bodies[round % bodies.Length].ToArray();
            for (var i = random.Next(3); i > 0; i--)
                body[random.Next(body.Length)] = (byte)Alphabet[random.Next(Alphabet.Length)];
            if (!Utf8.IsValid(body))
                continue;
            var expected = TryParse(body);
            var fault = default(WireFault);
            var walker = new JsonWalker(body, 0, ref fault);
            var value = walker.ReadValue();
            var reads = !walker.Failed && walker.AtEnd();
            Assert.True(reads == expected, $"{Encoding.UTF8.GetString(body)}: {fault.Offset} {fault.Expected} {fault.Found}");
            (taken, refused) = (taken + (reads ? 1 : 0), refused + (reads ? 0 : 1));
            if (!reads)
                continue;
            using var copy = new PooledBuffer();
            using var scratch = new PooledBuffer();
            JsonCopy.Write(walker.Span(value), copy, scratch);
            Assert.False(copy.WrittenSpan.Contains((byte)'\n'));
            if (!IsComparable(body))
                continue; // a lone surrogate, an exponent of 30 digits: System.Text.Json takes them but does not compare them
            using var before = JsonDocument.Parse(body);
            using var after = JsonDocument.Parse(copy.WrittenMemory);
            Assert.True(JsonElement.DeepEquals(before.RootElement, after.RootElement), Encoding.UTF8.GetString(body));
        }
        Assert.True(taken > 100 && refused > 100, $"{taken} taken, {refused} refused");
    }

    private static bool IsComparable(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return JsonElement.DeepEquals(document.RootElement, document.RootElement);
        }
        catch (Exception refused) when (refused is InvalidOperationException or ArgumentOutOfRangeException)
        {
            return false;
        }
    }

    private static bool TryParse(byte[] body)
    {
        try
        {
            JsonDocument.Parse(body).Dispose();
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
