using System.Text;
using System.Text.Json;
using CsCheck;
using VmObs.Signals;
using VmObs.Signals.Wire;

namespace VmObs.Tests.Signals.Wire;

public sealed class TextTests
{
    [Fact]
    public void Any_bytes_as_a_json_string_read_back_as_the_repaired_text() => Gen.OneOf(
        Gen.Byte.Array[0, 40], Gen.String.Select(Encoding.UTF8.GetBytes), Gen.OneOf<byte>(0x22, 0x5C, 0x0A, 0xFF, 0xC3, 0xE2, 0x82, 0x41, 0x00).Array[0, 80]).Sample(bytes =>
    {
        var json = Write(into => JsonText.WriteString(into, bytes));
        Assert.Equal(Encoding.UTF8.GetString(bytes), JsonSerializer.Deserialize<string>(json));
        Assert.False(json.AsSpan().ContainsAnyInRange((byte)0, (byte)0x1F));
        Assert.Equal(Encoding.UTF8.GetString(bytes), Encoding.UTF8.GetString(Write(into => JsonUnescape.Write(json.AsSpan(1, json.Length - 2), into))));
    }, iter: 20_000);

    [Fact]
    public void Escaping_sixteen_bytes_at_a_time_is_escaping_byte_by_byte() =>
        Gen.OneOf<byte>(0x22, 0x5C, 0x1F, 0x20, 0x41, 0x42, 0x43, 0x44, 0x45, 0x7F, 0x80, 0xFF).Array[0, 200].Sample(bytes =>
            Assert.Equal(Write(into => JsonEscape.WriteScalar(into, bytes)), Write(into => JsonEscape.Write(into, bytes))), iter: 20_000);

    [Fact]
    public void Long_text_is_escaped_across_its_chunks()
    {
        var text = string.Concat(Enumerable.Repeat("0123456789\"", 1000));
        Assert.Equal(text, JsonSerializer.Deserialize<string>(Write(into => JsonText.WriteString(into, Encoding.UTF8.GetBytes(text)))));
    }

    [Fact]
    public void Any_number_reads_back_as_itself_in_both_notations() =>
        Gen.OneOf(Gen.Double, Gen.Long.Select(static bits => BitConverter.Int64BitsToDouble(bits))).Where(double.IsFinite).Sample(number =>
        {
            var text = Encoding.ASCII.GetString(Write(into => NumberText.Write(into, number)));
            Assert.Equal(number, double.Parse(text));
            Assert.Equal(number, JsonSerializer.Deserialize<double>(text));
            var positional = Encoding.ASCII.GetString(Write(into => NumberText.WriteFixed(into, number)));
            Assert.Equal(number, double.Parse(positional));
            Assert.DoesNotContain('e', positional);
        }, iter: 20_000);

    [Theory]
    [InlineData(0.005, "0.005", "0.005")]
    [InlineData(1, "1", "1")]
    [InlineData(-0.0, "-0", "-0")]
    [InlineData(1e15, "1000000000000000", "1000000000000000")]
    [InlineData(123456789012345680000.0, "123456789012345680000", "123456789012345680000")]
    [InlineData(1.5e21, "1.5e+21", "1500000000000000000000")]
    [InlineData(-1.5e-6, "-0.0000015", "-0.0000015")]
    [InlineData(1.5e-7, "1.5e-7", "0.00000015")]
    [InlineData(double.NaN, "NaN", "NaN")]
    [InlineData(double.PositiveInfinity, "+Inf", "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf", "-Inf")]
    public void Number_is_written_as_javascript_and_as_a_bucket_bound(double number, string text, string positional)
    {
        Assert.Equal(text, Encoding.ASCII.GetString(Write(into => NumberText.Write(into, number))));
        Assert.Equal(positional, Encoding.ASCII.GetString(Write(into => NumberText.WriteFixed(into, number))));
    }

    [Theory]
    [InlineData("node-1:9100", "node-1")]
    [InlineData("node-1", "node-1")]
    [InlineData("10.0.0.1:80", "10.0.0.1")]
    [InlineData("[::1]:9100", "::1")]
    [InlineData("[::1]", "::1")]
    [InlineData("::1", "::1")]
    [InlineData("fe80::1:2", "fe80::1:2")]
    [InlineData("host:name", "host:name")]
    [InlineData(":9100", ":9100")]
    [InlineData("", "")]
    public void Host_of_an_instance_has_no_port(string instance, string host) =>
        Assert.Equal(host, Encoding.UTF8.GetString(ResourceMapping.HostOf(Encoding.UTF8.GetBytes(instance))));

    private static byte[] Write(Action<PooledBuffer> write)
    {
        using var buffer = new PooledBuffer();
        write(buffer);
        return buffer.WrittenSpan.ToArray();
    }
}
