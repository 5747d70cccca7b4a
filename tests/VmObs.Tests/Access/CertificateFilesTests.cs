using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using VmObs.Access;
using VmObs.Tests.Support;

namespace VmObs.Tests.Access;

public sealed class CertificateFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private string CertificateFile => Path.Combine(_folder.Path, "cert.pem");

    private string KeyFile => Path.Combine(_folder.Path, "key.pem");

    [Fact]
    public async Task Every_door_speaks_tls_and_takes_a_new_certificate_over()
    {
        Write("one");
        var time = new SteppedClock(DateTimeOffset.UnixEpoch);
        using var files = CertificateFiles.Open(CertificateFile, KeyFile, time);
        await using var front = await EngineFront.StartAsync(security: new FrontSecurity(null, files));
        foreach (var url in new[] { front.Main.BaseAddress!, front.Otlp.BaseAddress!, new Uri(front.GrpcUrl) })
            Assert.Equal(("https", "CN=one"), (url.Scheme, await SubjectAsync(url)));
        Assert.Contains("\"status\"", await front.GetAsync("/obs/health"), StringComparison.Ordinal);
        Write("two");
        Assert.Equal("CN=one", await SubjectAsync(front.Main.BaseAddress!));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("CN=two", await SubjectAsync(front.Main.BaseAddress!));
        await File.WriteAllTextAsync(CertificateFile, "none", TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("CN=two", await SubjectAsync(front.Main.BaseAddress!));
    }

    [Fact]
    public void A_key_of_another_certificate_is_refused()
    {
        Write("one");
        var certificate = File.ReadAllText(CertificateFile);
        Write("two");
        File.WriteAllText(CertificateFile, certificate);
        Assert.ThrowsAny<CryptographicException>(() => CertificateFiles.Open(CertificateFile, KeyFile, TimeProvider.System));
    }

    private void Write(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        File.WriteAllText(KeyFile, key.ExportPkcs8PrivateKeyPem());
        // Padding tells the files apart where their times do not.
        File.WriteAllText(CertificateFile, certificate.ExportCertificatePem() + new string('\n', name == "one" ? 1 : 2));
    }

    private static async Task<string> SubjectAsync(Uri url)
    {
        using var client = new System.Net.Sockets.TcpClient();
        await client.ConnectAsync(url.Host, url.Port, TestContext.Current.CancellationToken);
        await using var tls = new SslStream(client.GetStream(), leaveInnerStreamOpen: false, static (_, certificate, _, _) => certificate is not null);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost" }, TestContext.Current.CancellationToken);
        return new X509Certificate2(tls.RemoteCertificate!).Subject;
    }
}
