using System.Net;
using System.Net.Sockets;
using VmObs.Scrape.Discovery;

namespace VmObs.Tests.Scrape.Discovery;

public sealed class DnsTargetSourceTests
{
    private static readonly TimeSpan s_refresh = TimeSpan.FromSeconds(30);

    private readonly KnownNames _names = new();

    [Fact]
    public async Task Addresses_become_targets_and_follow_their_records()
    {
        _names.Addresses["web"] = [IPAddress.Parse("10.0.0.2"), IPAddress.Parse("10.0.0.1")];
        await using var source = Start(DnsRecordType.A, "web", "none");
        Assert.Equal(["web __address__=10.0.0.1:9100,__meta_dns_name=web", "web __address__=10.0.0.2:9100,__meta_dns_name=web"], await source.NextAsync());
        _names.Addresses["web"] = [IPAddress.Parse("10.0.0.3")];
        source.Time.Advance(s_refresh);
        Assert.Equal(["web __address__=10.0.0.3:9100,__meta_dns_name=web"], await source.NextAsync());
        _names.Addresses.Remove("web");
        source.Time.Advance(s_refresh);
        Assert.Empty(await source.NextAsync());
    }

    [Fact]
    public async Task Addresses_of_the_newer_family_stand_in_brackets()
    {
        _names.Addresses["web"] = [IPAddress.Parse("10.0.0.1"), IPAddress.Parse("fd00::1")];
        await using var source = Start(DnsRecordType.Aaaa, "web");
        Assert.Equal(["web __address__=[fd00::1]:9100,__meta_dns_name=web"], await source.NextAsync());
    }

    [Fact]
    public async Task Services_have_their_own_ports()
    {
        _names.Services["_x._tcp.web"] = [new ServiceRecord("a.web.", 81), new ServiceRecord("b.web.", 82)];
        await using var source = Start(DnsRecordType.Srv, "_x._tcp.web");
        Assert.Equal(
            [
                "_x._tcp.web __address__=a.web:81,__meta_dns_name=_x._tcp.web,__meta_dns_srv_record_port=81,__meta_dns_srv_record_target=a.web.",
                "_x._tcp.web __address__=b.web:82,__meta_dns_name=_x._tcp.web,__meta_dns_srv_record_port=82,__meta_dns_srv_record_target=b.web.",
            ],
            await source.NextAsync());
    }

    [Fact]
    public async Task Name_that_cannot_be_looked_up_keeps_its_targets()
    {
        _names.Addresses["web"] = [IPAddress.Parse("10.0.0.1")];
        _names.Addresses["db"] = [IPAddress.Parse("10.0.0.2")];
        await using var source = Start(DnsRecordType.A, "web", "db");
        await source.NextAsync();
        _names.Failing = "web";
        _names.Addresses["db"] = [IPAddress.Parse("10.0.0.3")];
        source.Time.Advance(s_refresh);
        Assert.Equal("dns_sd: web: the targets that it had stay: no server answers", await source.Log.NextAsync());
        Assert.Equal(["web __address__=10.0.0.1:9100,__meta_dns_name=web", "db __address__=10.0.0.3:9100,__meta_dns_name=db"], await source.NextAsync());
    }

    [Fact]
    public async Task Nothing_is_said_before_a_name_could_be_looked_up()
    {
        _names.Failing = "web";
        await using var source = Start(DnsRecordType.A, "web");
        await source.Log.NextAsync();
        _names.Failing = null;
        _names.Addresses["web"] = [IPAddress.Parse("10.0.0.1")];
        source.Time.Advance(s_refresh);
        Assert.Equal(["web __address__=10.0.0.1:9100,__meta_dns_name=web"], await source.NextAsync());
    }

    private RunningSource Start(DnsRecordType type, params string[] names) =>
        new((log, time) => new DnsTargetSource(new DnsDiscovery("", names, type, 9100, s_refresh), _names, log, time));

    /// <summary>Names that the test says.</summary>
    private sealed class KnownNames : IDnsLookup
    {
        public Dictionary<string, IReadOnlyList<IPAddress>> Addresses { get; } = [];

        public Dictionary<string, IReadOnlyList<ServiceRecord>> Services { get; } = [];

        public string? Failing { get; set; }

        public Task<IReadOnlyList<IPAddress>> AddressesAsync(string name, AddressFamily family, CancellationToken cancellationToken) =>
            name == Failing
                ? throw new DnsFailedException("no server answers", null)
                : Task.FromResult<IReadOnlyList<IPAddress>>([.. Addresses.GetValueOrDefault(name, []).Where(address => address.AddressFamily == family)]);

        public Task<IReadOnlyList<ServiceRecord>> ServicesAsync(string name, CancellationToken cancellationToken) =>
            Task.FromResult(Services.GetValueOrDefault(name, []));
    }
}
