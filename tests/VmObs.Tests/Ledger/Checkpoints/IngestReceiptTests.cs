using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Hashing;

namespace VmObs.Tests.Ledger.Checkpoints;

public sealed class IngestReceiptTests
{
    private static readonly string Hex = string.Concat(Enumerable.Repeat("5f2c", 16));

    [Theory]
    [InlineData(1)]
    [InlineData(1234)]
    [InlineData(long.MaxValue)]
    public void Receipt_is_read_as_it_was_written(long position)
    {
        var receipt = new IngestReceipt(position, Blake3.Hash("chain"u8));
        Assert.True(IngestReceipt.TryParse(receipt.ToString(), out var read));
        Assert.Equal(receipt, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData("17")]
    [InlineData("17:5f2c")]
    [InlineData("0:HEX")]
    [InlineData("017:HEX")]
    [InlineData("-1:HEX")]
    [InlineData("+1:HEX")]
    [InlineData(" 1:HEX")]
    [InlineData("9223372036854775808:HEX")]
    [InlineData("17:HEX ")]
    [InlineData("17:HEX0")]
    [InlineData("17:blake3:HEX")]
    public void Any_other_text_is_none(string text) => Assert.False(IngestReceipt.TryParse(text.Replace("HEX", Hex, StringComparison.Ordinal), out _));

    [Fact]
    public void Upper_case_is_none() => Assert.False(IngestReceipt.TryParse("17:" + Hex.ToUpperInvariant(), out _));
}
