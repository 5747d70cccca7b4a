using System.Net;
using System.Net.Sockets;
using DnsClient;
using DnsClient.Protocol;

namespace VmObs.Scrape.Discovery;

/// <summary>Addresses by the system's resolver, /etc/hosts and all; services by asking its name servers, since it knows none.</summary>
/// <param name="servers">Name servers instead of the system's.</param>
internal sealed class SystemDns(params IPEndPoint[] servers) : IDnsLookup
{
    // Made when it is first used: it reads the system's configuration.
    private readonly Lazy<LookupClient> _services = new(() => new LookupClient(servers.Length > 0
        ? new LookupClientOptions(servers) { UseCache = false }
        : new LookupClientOptions { UseCache = false }));

    public async Task<IReadOnlyList<IPAddress>> AddressesAsync(string name, AddressFamily family, CancellationToken cancellationToken)
    {
        try
        {
            return await Dns.GetHostAddressesAsync(name, family, cancellationToken);
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.HostNotFound or SocketError.NoData)
        {
            return [];
        }
        catch (SocketException error)
        {
            throw new DnsFailedException(error.Message, error);
        }
    }

    public async Task<IReadOnlyList<ServiceRecord>> ServicesAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await _services.Value.QueryAsync(name, QueryType.SRV, QueryClass.IN, cancellationToken);
            if (answer.HasError && answer.Header.ResponseCode != DnsHeaderResponseCode.NotExistentDomain)
                throw new DnsFailedException(answer.ErrorMessage, null);
            return [.. answer.Answers.OfType<SrvRecord>().Select(static record => new ServiceRecord(record.Target.Value, record.Port))];
        }
        catch (Exception error) when (error is DnsResponseException or SocketException)
        {
            throw new DnsFailedException(error.Message, error);
        }
    }
}
