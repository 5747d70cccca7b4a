using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using VmObs.Access;
using VmObs.Config;
using VmObs.Ingest;

namespace VmObs.Syslog;

/// <summary>The addresses at which syslog is taken, as configured. Whoever opens them disposes them.</summary>
internal sealed class SyslogDoors : IDisposable
{
    private SyslogTcpListener? _tcp, _tls;
    private SyslogUdpListener? _udp;

    private SyslogDoors()
    {
    }

    /// <summary>Where they are: ("syslog-tcp", "tcp://127.0.0.1:5514").</summary>
    public IEnumerable<(string Name, string Url)> Addresses
    {
        get
        {
            if (_tcp is not null)
                yield return ("syslog-tcp", $"tcp://{_tcp.Address}");
            if (_tls is not null)
                yield return ("syslog-tls", $"tls://{_tls.Address}");
            if (_udp is not null)
                yield return ("syslog-udp", $"udp://{_udp.Address}");
        }
    }

    /// <summary>Binds the configured addresses.</summary>
    /// <exception cref="IOException">One is taken.</exception>
    public static SyslogDoors Open(SyslogConfig config, CertificateFiles? certificate, IIntake logs, ILoggerFactory loggers, TimeProvider time)
    {
        var doors = new SyslogDoors();
        var binding = config.Tcp;
        try
        {
            if (config.Tcp is { } tcp)
                doors._tcp = new SyslogTcpListener(tcp, logs, config.Allows, certificate: null, loggers.CreateLogger<SyslogTcpListener>(), time);
            binding = config.Tls;
            if (config.Tls is { } tls)
                doors._tls = new SyslogTcpListener(tls, logs, config.Allows, certificate ?? throw new ArgumentNullException(nameof(certificate), "BUG: syslog over TLS without a certificate"), loggers.CreateLogger<SyslogTcpListener>(), time);
            binding = config.Udp;
            if (config.Udp is { } udp)
                doors._udp = new SyslogUdpListener(udp, logs, config.Allows, time);
            return doors;
        }
        catch (SocketException error)
        {
            doors.Dispose();
            throw new IOException($"syslog: cannot listen at {binding}: {error.Message}; name another address or stop what listens there", error);
        }
    }

    /// <summary>Takes messages until it is told to end.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(
        _tcp?.RunAsync(cancellationToken) ?? Task.CompletedTask, _tls?.RunAsync(cancellationToken) ?? Task.CompletedTask, _udp?.RunAsync(cancellationToken) ?? Task.CompletedTask);

    public void Dispose()
    {
        _tcp?.Dispose();
        _tls?.Dispose();
        _udp?.Dispose();
    }
}
