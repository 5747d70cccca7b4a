using VmObs.Config;
using VmObs.Scrape.Discovery;

namespace VmObs.Tests.Config;

public sealed class DiscoveryReaderTests
{
    [Fact]
    public void Sources_are_read_with_Prometheus_s_defaults_and_paths_from_the_file_s_folder()
    {
        var (config, errors) = Read(
            """
            file_sd_configs: [{files: ['targets/*.json', /etc/x.yml]}]
            http_sd_configs: [{url: 'https://inventory/targets', refresh_interval: 5s, basic_auth: {username: u, password_file: secret}, follow_redirects: false}]
            dns_sd_configs: [{names: [web.example], type: a, port: 9100}, {names: [_x._tcp.example]}]
            """);
        Assert.Empty(errors);
        var sources = config.ScrapeJobs.Single().Discovery;
        var file = Assert.IsType<FileDiscovery>(sources[0]);
        Assert.Equal(["/etc/vm-obs/targets/*.json", "/etc/x.yml"], file.Files);
        Assert.Equal(TimeSpan.FromMinutes(5), file.RefreshInterval);
        var http = Assert.IsType<HttpDiscovery>(sources[1]);
        Assert.Equal(("https://inventory/targets", TimeSpan.FromSeconds(5)), (http.Url.ToString(), http.RefreshInterval));
        Assert.Equal(("Basic", "u", "/etc/vm-obs/secret", false), (http.Access.AuthorizationScheme, http.Access.User, http.Access.CredentialsFile, http.Access.FollowRedirects));
        var addresses = Assert.IsType<DnsDiscovery>(sources[2]);
        Assert.Equal((DnsRecordType.A, 9100, TimeSpan.FromSeconds(30)), (addresses.Type, addresses.Port, addresses.RefreshInterval));
        Assert.Equal(DnsRecordType.Srv, Assert.IsType<DnsDiscovery>(sources[3]).Type);
        Assert.Equal(4, sources.Select(static source => source.Fingerprint).Distinct().Count());
    }

    [Theory]
    [InlineData("file_sd_configs: [{}]", "scrape_configs[0].file_sd_configs[0].files: got nothing, want a list of paths")]
    [InlineData("file_sd_configs: [{files: [a.txt]}]", "file_sd_configs[0].files: got \"a.txt\", want paths that end in .json, .yml or .yaml")]
    [InlineData("file_sd_configs: [{files: ['a*/b.json']}]", "file_sd_configs[0].files: got \"a*/b.json\", want paths")]
    [InlineData("file_sd_configs: [{files: [a.json], refresh: 1m}]", "file_sd_configs[0].refresh: got an unknown key")]
    [InlineData("http_sd_configs: [{}]", "http_sd_configs[0].url: got nothing, want an http or https URL")]
    [InlineData("http_sd_configs: [{url: inventory}]", "http_sd_configs[0].url: got \"inventory\", want an http or https URL")]
    [InlineData("http_sd_configs: [{url: 'http://a', refresh_interval: 0s}]", "http_sd_configs[0].refresh_interval: got \"0s\"")]
    [InlineData("http_sd_configs: [{url: 'http://a', authorization: {credentials: x}, basic_auth: {username: u}}]", "http_sd_configs[0].basic_auth: got authorization beside it, want one of the two")]
    [InlineData("http_sd_configs: [{url: 'http://a', oauth2: {}}]", "http_sd_configs[0].oauth2: got a key of Prometheus's that this version does not have")]
    [InlineData("dns_sd_configs: [{type: A, port: 1}]", "dns_sd_configs[0].names: got nothing, want a list of names to look up")]
    [InlineData("dns_sd_configs: [{names: [a], type: MX}]", "dns_sd_configs[0].type: got \"MX\", want A, AAAA, SRV")]
    [InlineData("dns_sd_configs: [{names: [a], type: A}]", "dns_sd_configs[0].port: got nothing, want a port from 1 to 65535, for type A")]
    [InlineData("dns_sd_configs: [{names: [a], type: A, port: 65536}]", "dns_sd_configs[0].port: got \"65536\", want a port")]
    [InlineData("consul_sd_configs: []", "consul_sd_configs: got a key of Prometheus's that this version does not have, want static_configs, file_sd_configs, http_sd_configs or dns_sd_configs")]
    public void Source_that_cannot_be_used_says_where_what_it_got_and_what_it_wants(string job, string expected)
    {
        var (_, errors) = Read(job);
        Assert.Contains(expected, Assert.Single(errors).ToString(), StringComparison.Ordinal);
    }

    private static (EngineConfig Config, IReadOnlyList<ConfigError> Errors) Read(string job)
    {
        var yaml = $"scrape_configs:\n  - job_name: web\n    {job.ReplaceLineEndings("\n    ")}\n";
        return new ConfigReader("/etc/vm-obs/vm-obs.yaml", static _ => null).Read(new StringReader(yaml));
    }
}
