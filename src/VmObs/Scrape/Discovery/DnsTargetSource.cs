using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace VmObs.Scrape.Discovery;

/// <summary>Targets from DNS. A name that cannot be looked up keeps the targets that it had; one that has no records has none.</summary>
internal sealed class DnsTargetSource(DnsDiscovery options, IDnsLookup dns, ILogger log, TimeProvider time) : ITargetSource
{
    private readonly Dictionary<string, IReadOnlyList<IReadOnlyDictionary<string, string>>> _found = new(StringComparer.Ordinal);

    public async Task RunAsync(Action<IReadOnlyList<TargetGroup>> changed, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(options.RefreshInterval, time);
        string? before = null;
        do
        {
            await LookUpAsync(cancellationToken);
            var now = string.Join('\n', options.Names.SelectMany(name => _found.GetValueOrDefault(name, [])).Select(static target => $"{target["__meta_dns_name"]} {target["__address__"]}"));
            // Nothing is known before a name could be looked up.
            if (now == before || _found.Count == 0)
                continue;
            before = now;
            changed([.. options.Names.Where(_found.ContainsKey).Select(name => new TargetGroup(name, _found[name]))]);
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private async Task LookUpAsync(CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(options.Names.Select(name => TargetsOfAsync(name, cancellationToken)));
        foreach (var (name, targets) in options.Names.Zip(answers))
        {
            // Servers shuffle their answers.
            if (targets is not null)
                _found[name] = [.. targets.OrderBy(static target => target["__address__"], StringComparer.Ordinal)];
        }
    }

    /// <returns>null where nobody can tell.</returns>
    private async Task<IReadOnlyList<IReadOnlyDictionary<string, string>>?> TargetsOfAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            using var limit = new CancellationTokenSource(options.RefreshInterval, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            if (options.Type == DnsRecordType.Srv)
                return [.. (await dns.ServicesAsync(name, either.Token)).Select(record => Target(name, record))];
            var family = options.Type == DnsRecordType.Aaaa ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
            return [.. (await dns.AddressesAsync(name, family, either.Token)).Select(address => Target(name, address))];
        }
        catch (DnsFailedException error)
        {
            log.LogWarning("dns_sd: {Name}: the targets that it had stay: {Reason}", name, error.Message);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            log.LogWarning("dns_sd: {Name}: the targets that it had stay: no answer within refresh_interval, {Interval}", name, options.RefreshInterval);
        }
        return null;
    }

    private Dictionary<string, string> Target(string name, IPAddress address) => new(StringComparer.Ordinal)
    {
        ["__address__"] = new IPEndPoint(address, options.Port).ToString(),
        ["__meta_dns_name"] = name,
    };

    private static Dictionary<string, string> Target(string name, ServiceRecord record) => new(StringComparer.Ordinal)
    {
        ["__address__"] = string.Create(CultureInfo.InvariantCulture, $"{record.Target.TrimEnd('.')}:{record.Port}"),
        ["__meta_dns_name"] = name,
        ["__meta_dns_srv_record_target"] = record.Target,
        ["__meta_dns_srv_record_port"] = record.Port.ToString(CultureInfo.InvariantCulture),
    };
}
