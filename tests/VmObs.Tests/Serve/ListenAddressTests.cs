using VmObs.Serve;

namespace VmObs.Tests.Serve;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("127.0.0.1:7080", "127.0.0.1:7080")]
    [InlineData("127.0.0.1:0", "127.0.0.1:0")]
    [InlineData("localhost:4318", "127.0.0.1:4318")]
    [InlineData("[::1]:4318", "[::1]:4318")]
    [InlineData("127.8.9.10:1", "127.8.9.10:1")]
    public void A_loopback_address_is_taken(string text, string want)
    {
        Assert.Null(ListenAddress.Parse(text, out var address));
        Assert.Equal((want, true), (address!.EndPoint.ToString(), address.IsLoopback));
    }

    [Theory]
    [InlineData("0.0.0.0:7080")]
    [InlineData("[::]:7080")]
    [InlineData("192.168.1.2:7080")]
    public void An_address_that_others_reach_is_told_apart(string text)
    {
        Assert.Null(ListenAddress.Parse(text, out var address));
        Assert.False(address!.IsLoopback);
    }

    [Theory]
    [InlineData("7080", "HOST:PORT")]
    [InlineData(":7080", "HOST:PORT")]
    [InlineData("127.0.0.1", "HOST:PORT")]
    [InlineData("127.0.0.1:65536", "HOST:PORT")]
    [InlineData("127.0.0.1:http", "HOST:PORT")]
    [InlineData("::1:7080", "IPv6 in brackets")]
    [InlineData("example.org:7080", "an IP address or localhost")]
    public void What_is_not_one_is_refused_with_what_could_stand_there(string text, string want)
    {
        Assert.Contains(want, ListenAddress.Parse(text, out var address), StringComparison.Ordinal);
        Assert.Null(address);
    }
}
