using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace VmObs.Access;

/// <summary>The server's certificate, read again when its files change. Whoever makes it disposes it.</summary>
/// <remarks>Thread-safe. Files that cannot be read leave the certificate before in force, which is logged.</remarks>
internal sealed class CertificateFiles : IDisposable
{
    private static readonly TimeSpan s_lookInterval = TimeSpan.FromSeconds(1);

    private readonly string _certificateFile, _keyFile;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private ILogger? _log;
    private SslStreamCertificateContext _current;
    private (DateTime, long, DateTime, long) _state;
    private long _looked;

    private CertificateFiles(string certificateFile, string keyFile, TimeProvider time)
    {
        (_certificateFile, _keyFile, _time) = (certificateFile, keyFile, time);
        _looked = time.GetTimestamp();
        _state = State();
        _current = Load();
    }

    /// <summary>The certificate in force, with those between it and its root.</summary>
    public SslStreamCertificateContext Current
    {
        get
        {
            lock (_lock)
            {
                if (_time.GetElapsedTime(_looked) >= s_lookInterval)
                    Look();
                return _current;
            }
        }
    }

    /// <summary>Reads a certificate (with what is between it and its root) and its key, both PEM.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="CryptographicException">They are none, or do not belong together.</exception>
    public static CertificateFiles Open(string certificateFile, string keyFile, TimeProvider time) => new(certificateFile, keyFile, time);

    /// <summary>Says where to log what is wrong with changed files.</summary>
    public void LogTo(ILogger log) => _log = log;

    /// <summary>Whether a certificate is the one in force: how the engine knows itself again.</summary>
    public bool IsCurrent(X509Certificate? certificate) => certificate is not null && certificate.GetRawCertData().AsSpan().SequenceEqual(Current.TargetCertificate.RawDataMemory.Span);

    public void Dispose() => _current.TargetCertificate.Dispose();

    private void Look()
    {
        _looked = _time.GetTimestamp();
        var state = State();
        if (state == _state)
            return;
        _state = state;
        try
        {
            // The one before is not disposed: handshakes may be using it.
            _current = Load();
            _log?.LogInformation("took over the certificate in {File}", _certificateFile);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            _log?.LogError("the certificate in {File} is not taken over, the one before stays in force: {Reason}", _certificateFile, error.Message);
        }
    }

    private (DateTime, long, DateTime, long) State()
    {
        var (certificate, key) = (new FileInfo(_certificateFile), new FileInfo(_keyFile));
        return (certificate.LastWriteTimeUtc, certificate.Exists ? certificate.Length : -1, key.LastWriteTimeUtc, key.Exists ? key.Length : -1);
    }

    private SslStreamCertificateContext Load()
    {
        X509Certificate2 certificate;
        try
        {
            certificate = X509Certificate2.CreateFromPemFile(_certificateFile, _keyFile);
        }
        catch (ArgumentException error)
        {
            throw new CryptographicException($"{_keyFile}: got the key of another certificate, want that of {_certificateFile}", error);
        }
        var chain = new X509Certificate2Collection();
        chain.ImportFromPemFile(_certificateFile);
        // The first is the certificate itself.
        chain.RemoveAt(0);
        return SslStreamCertificateContext.Create(certificate, chain, offline: true);
    }
}
