using System.Net;
using System.Net.Sockets;

namespace VmObs.Scrape.Discovery;

/// <summary>A server of a service, as an SRV record names it.</summary>
/// <param name="Target">Its name, with the dot that ends it.</param>
/// <param name="Port">Its port.</param>
internal readonly record struct ServiceRecord(string Target, int Port);

/// <summary>Looks names up.</summary>
internal interface IDnsLookup
{
    /// <summary>A name's addresses of one family; empty where it has none.</summary>
    /// <exception cref="DnsFailedException">Nobody can tell.</exception>
    Task<IReadOnlyList<IPAddress>> AddressesAsync(string name, AddressFamily family, CancellationToken cancellationToken);

    /// <summary>A service's servers; empty where it has none.</summary>
    /// <exception cref="DnsFailedException">Nobody can tell.</exception>
    Task<IReadOnlyList<ServiceRecord>> ServicesAsync(string name, CancellationToken cancellationToken);
}
