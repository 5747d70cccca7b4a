using VmObs.Signals.Wire;

namespace VmObs.Tests.Signals.Wire;

public sealed class ProtobufReaderTests
{
    [Theory]
    [InlineData("08 96 01", "1=150")]
    [InlineData("08 FF FF FF FF FF FF FF FF FF 01", "1=18446744073709551615")]
    [InlineData("08 80 00", "1=0")] // leading groups of zero
    [InlineData("08 80 80 80 80 80 80 80 80 80 80 00", "at 1 expected a varint of at most 10 bytes, found a longer one")]
    [InlineData("08 80", "at 1 expected a varint, found the end of the message after 1 bytes")]
    [InlineData("08", "at 1 expected a varint, found the end of the message after 0 bytes")]
    [InlineData("00", "at 0 expected a field number from 1 to 536870911, found tag 0")]
    [InlineData("80 80 80 80 80 01", "at 0 expected a field number from 1 to 536870911, found tag 34359738368")]
    [InlineData("09 01", "at 1 expected field 1 in its own wire type, found wire type 1")]
    [InlineData("11 01 02 03 04 05 06 07 08 08 01", "1=1")]
    [InlineData("15 01 02 03 04 08 01", "1=1")]
    [InlineData("12 02 FF FF 08 01", "1=1")]
    [InlineData("12 03 FF FF", "at 1 expected a length of at most 2 bytes, found 3")]
    [InlineData("11 01 02", "at 1 expected 8 bytes of a fixed 64-bit number, found the end of the message after 2 of 8")]
    [InlineData("15 01 02", "at 1 expected 4 bytes of a fixed 32-bit number, found the end of the message after 2 of 4")]
    [InlineData("13 08 01 23 08 02 24 14 08 03", "1=3")] // groups, one in the other, with fields of the caller's number inside
    [InlineData("13 08 01 1C", "at 4 expected the end of group 2, found the end of group 3")]
    [InlineData("13 08 01", "at 1 expected the end of group 2, found the end of the message")]
    [InlineData("14", "at 1 expected wire type 0 to 3 or 5, found wire type 4 of field 2")]
    [InlineData("16", "at 1 expected wire type 0 to 3 or 5, found wire type 6 of field 2")]
    [InlineData("FA FF FF FF 0F 01 00 08 07", "1=7")] // the highest field number
    public void Message_gives_its_known_field_or_the_first_fault(string hex, string expected)
    {
        var fault = default(WireFault);
        var reader = new ProtobufReader(Convert.FromHexString(hex.Replace(" ", "")), ref fault);
        var text = "";
        while (reader.NextField())
        {
            if (reader.Tag == (1 << 3 | ProtobufReader.Varint))
                text = $"1={reader.ReadVarint()}";
            else
                reader.Skip(1 << 1);
        }
        Assert.Equal(expected, fault.IsSet ? $"at {fault.Offset} expected {fault.Expected}, found {fault.Found}" : text);
    }

    [Fact]
    public void Fault_of_an_inner_message_has_its_offset_in_the_body_and_ends_the_outer_one()
    {
        var fault = default(WireFault);
        // 1: { 1: { 2: varint cut off } }, 3: 1
        var outer = new ProtobufReader([0x0A, 0x04, 0x0A, 0x02, 0x10, 0x80, 0x18, 0x01], ref fault);
        Assert.True(outer.NextField());
        var middle = outer.ReadMessage();
        Assert.True(middle.NextField());
        var inner = middle.ReadMessage();
        Assert.True(inner.NextField());
        Assert.Equal(0UL, inner.ReadVarint());
        Assert.True(outer.Failed && middle.Failed && inner.Failed);
        Assert.False(inner.NextField() || middle.NextField() || outer.NextField());
        Assert.Equal(5, fault.Offset);
    }

    [Fact]
    public void Groups_nested_too_deep_are_a_fault_and_no_stack_overflow()
    {
        var fault = default(WireFault);
        var body = new byte[1_000_000];
        Array.Fill(body, (byte)0x13);
        var reader = new ProtobufReader(body, ref fault);
        Assert.True(reader.NextField());
        reader.Skip(0);
        Assert.Equal("groups nested at most 100 deep", fault.Expected);
    }
}
