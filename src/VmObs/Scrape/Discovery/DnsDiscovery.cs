using Microsoft.Extensions.Logging;

namespace VmObs.Scrape.Discovery;

/// <summary>Which records name the targets.</summary>
internal enum DnsRecordType
{
    A,
    Aaaa,
    Srv,
}

/// <summary>One entry of dns_sd_configs.</summary>
/// <param name="Fingerprint">The entry as it stands in the file.</param>
/// <param name="Names">Names to look up.</param>
/// <param name="Type">Their records.</param>
/// <param name="Port">The targets' port; SRV records have their own.</param>
/// <param name="RefreshInterval">How often they are looked up.</param>
internal sealed record DnsDiscovery(string Fingerprint, IReadOnlyList<string> Names, DnsRecordType Type, int Port, TimeSpan RefreshInterval) : ITargetSourceFactory
{
    public ITargetSource Create(ILogger log, TimeProvider time) => new DnsTargetSource(this, new SystemDns(), log, time);
}
