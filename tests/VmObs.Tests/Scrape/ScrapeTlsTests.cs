using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using VmObs.Config;
using VmObs.Scrape.Targets;
using VmObs.Signals;
using VmObs.Tests.Support;

namespace VmObs.Tests.Scrape;

/// <summary>Scrapes over TLS, of a target whose certificate names it otherwise than its address does.</summary>
public sealed class ScrapeTlsTests : IDisposable
{
    private const string ServerName = "target.example";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("ca_file: server.pem, server_name: target.example", true)]
    [InlineData("ca_file: server.pem, server_name: other.example", false)]
    [InlineData("ca_file: server.pem", false)]
    [InlineData("server_name: target.example", false)]
    [InlineData("ca_file: client.pem, server_name: target.example", false)]
    [InlineData("insecure_skip_verify: true", true)]
    public async Task Target_is_who_the_job_says_it_is(string tls, bool isTrusted)
    {
        using var certificate = Write("server", ServerName);
        Write("client", "scraper").Dispose();
        await using var server = await ScrapedServer.StartAsync(new HttpsConnectionAdapterOptions { ServerCertificate = certificate });
        server.Body = "a 1\n";
        if (isTrusted)
            Assert.Equal("a 1\n", await ReadAsync(server, tls));
        else
            await Assert.ThrowsAsync<HttpRequestException>(() => ReadAsync(server, tls));
    }

    [Fact]
    public async Task Target_is_shown_the_job_s_certificate()
    {
        using var certificate = Write("server", ServerName);
        Write("client", "scraper").Dispose();
        string? seen = null;
        await using var server = await ScrapedServer.StartAsync(new HttpsConnectionAdapterOptions
        {
            ServerCertificate = certificate,
            ClientCertificateMode = ClientCertificateMode.RequireCertificate,
            ClientCertificateValidation = (client, _, _) => (seen = client.Subject) is not null,
        });
        await ReadAsync(server, "ca_file: server.pem, server_name: target.example, cert_file: client.pem, key_file: client.key");
        Assert.Equal("CN=scraper", seen);
    }

    private async Task<string> ReadAsync(ScrapedServer server, string tls)
    {
        var yaml = $"scrape_configs: [{{job_name: j, scheme: https, tls_config: {{{tls}}}, static_configs: [{{targets: ['{server.Address}']}}]}}]";
        var (config, errors) = new ConfigReader(Path.Combine(_folder.Path, "f.yaml"), static _ => null).Read(new StringReader(yaml));
        Assert.Empty(errors);
        var job = config.ScrapeJobs.Single();
        using var client = new ScrapeClient(job);
        using var body = new PooledBuffer();
        await client.ReadAsync(ScrapeTarget.Create(job, job.Static[0].Targets[0], out _, out _)!, body, TestContext.Current.CancellationToken);
        return System.Text.Encoding.UTF8.GetString(body.WrittenSpan);
    }

    private X509Certificate2 Write(string file, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        File.WriteAllText(Path.Combine(_folder.Path, file + ".pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder.Path, file + ".key"), key.ExportPkcs8PrivateKeyPem());
        return certificate;
    }
}
