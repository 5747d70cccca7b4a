using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace VmObs.Scrape.Access;

/// <summary>Asks servers with the credentials and certificates that the configuration gives. Whoever makes it disposes it.</summary>
/// <remarks>Thread-safe. The connection's certificates are read before the first request; a file that cannot be read fails requests, not the job.</remarks>
internal sealed class HttpAsker(HttpAccess access, TimeSpan interval) : IDisposable
{
    private readonly Lock _lock = new();
    private HttpClient? _http;

    /// <summary>Sends a request; its answer's headers are there, the body is not.</summary>
    /// <exception cref="HttpRequestException">The server cannot be reached.</exception>
    /// <exception cref="IOException">A file of credentials or certificates cannot be read.</exception>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        request.Headers.TryAddWithoutValidation("User-Agent", "vm-obs");
        request.Headers.Authorization = Authorization();
        return Client().SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    public void Dispose() => _http?.Dispose();

    private HttpClient Client()
    {
        lock (_lock)
            return _http ??= new HttpClient(Handler()) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private SocketsHttpHandler Handler()
    {
        var tls = TlsOptions();
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = access.FollowRedirects,
            UseCookies = false,
            UseProxy = false,
            PooledConnectionIdleTimeout = interval + TimeSpan.FromMinutes(1),
            SslOptions = tls,
        };
        // The handler wants the server to be who its address says, whatever name its options have.
        if (access.ServerName is not null)
            handler.ConnectCallback = (context, cancellationToken) => ConnectAsync(context, tls, cancellationToken);
        return handler;
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, SslClientAuthenticationOptions tls, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
        var plain = new NetworkStream(socket, ownsSocket: true);
        if (context.InitialRequestMessage.RequestUri?.Scheme != Uri.UriSchemeHttps)
            return plain;
        var secured = new SslStream(plain);
        try
        {
            await secured.AuthenticateAsClientAsync(tls, cancellationToken);
            return secured;
        }
        catch
        {
            await secured.DisposeAsync();
            throw;
        }
    }

    private AuthenticationHeaderValue? Authorization()
    {
        if (access.AuthorizationScheme is not { } scheme)
            return null;
        var secret = access.CredentialsFile is { } file ? Read(file, static path => File.ReadAllText(path).Trim()) : access.Credentials;
        return new AuthenticationHeaderValue(scheme, access.User is { } user ? Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{secret}")) : secret);
    }

    private SslClientAuthenticationOptions TlsOptions()
    {
        var tls = new SslClientAuthenticationOptions { TargetHost = access.ServerName };
        if (access.CertificateFile is { } certificate)
            tls.ClientCertificates = [Read(certificate, path => X509Certificate2.CreateFromPemFile(path, access.KeyFile))];
        if (access.SkipVerification)
        {
#pragma warning disable CA5359 // The operator said insecure_skip_verify.
            tls.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359
        }
        else if (access.CaFile is { } authority)
        {
            var trusted = new X509Certificate2Collection();
            Read(authority, path =>
            {
                trusted.ImportFromPemFile(path);
                return trusted.Count;
            });
            tls.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            tls.CertificateChainPolicy.CustomTrustStore.AddRange(trusted);
        }
        return tls;
    }

    private static T Read<T>(string path, Func<string, T> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new IOException($"{path}: credentials or certificates cannot be read: {error.Message}", error);
        }
    }
}
