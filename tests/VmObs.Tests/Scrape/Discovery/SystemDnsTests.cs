using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using VmObs.Scrape.Discovery;

namespace VmObs.Tests.Scrape.Discovery;

public sealed class SystemDnsTests
{
    [Fact]
    public async Task Addresses_are_those_that_the_system_knows()
    {
        Assert.Equal([IPAddress.Loopback], (await new SystemDns().AddressesAsync("127.0.0.1", AddressFamily.InterNetwork, TestContext.Current.CancellationToken)).Distinct());
        Assert.Equal([IPAddress.Loopback], (await new SystemDns().AddressesAsync("localhost", AddressFamily.InterNetwork, TestContext.Current.CancellationToken)).Distinct());
    }

    // A response's last byte of flags: 0 is an answer, 3 says that there is no such name, 2 that the server failed.
    [Theory]
    [InlineData(0, "brick-01.example.:9100")]
    [InlineData(3, "")]
    [InlineData(2, null)]
    public async Task Services_are_asked_of_a_name_server(byte code, string? expected)
    {
        using var server = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var dns = new SystemDns((IPEndPoint)server.Client.LocalEndPoint!);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var serving = ServeAsync(server, code, ends.Token);
        if (expected is null)
            await Assert.ThrowsAsync<DnsFailedException>(() => dns.ServicesAsync("_x._tcp.example", ends.Token));
        else
            Assert.Equal(expected, string.Join(',', (await dns.ServicesAsync("_x._tcp.example", ends.Token)).Select(static record => $"{record.Target}:{record.Port}")));
        await ends.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => serving);
    }

    private static async Task ServeAsync(UdpClient server, byte code, CancellationToken cancellationToken)
    {
        while (true)
        {
            var question = await server.ReceiveAsync(cancellationToken);
            await server.SendAsync(Answer(question.Buffer, code), question.RemoteEndPoint, cancellationToken);
        }
    }

    /// <summary>RFC 1035, 4.1 and RFC 2782: the header, the question as it came, one SRV record.</summary>
    private static byte[] Answer(byte[] question, byte code)
    {
        var name = question.AsSpan(12);
        var end = 12 + name.IndexOf((byte)0) + 1 + 4;
        var answer = new List<byte>(question[..end]) { [2] = 0x81, [3] = (byte)(0x80 | code), [7] = (byte)(code == 0 ? 1 : 0), [11] = 0 };
        if (code != 0)
            return [.. answer];
        byte[] target = [8, .. "brick-01"u8, 7, .. "example"u8, 0];
        var record = new byte[18];
        BinaryPrimitives.WriteUInt16BigEndian(record, 0xC00C);
        BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(2), 33);
        BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(4), 1);
        BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(10), (ushort)(6 + target.Length));
        BinaryPrimitives.WriteUInt16BigEndian(record.AsSpan(16), 9100);
        return [.. answer, .. record, .. target];
    }
}
