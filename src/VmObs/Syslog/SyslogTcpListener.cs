using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Logging;
using VmObs.Access;
using VmObs.Ingest;
using VmObs.Receipts.Gaps;

namespace VmObs.Syslog;

/// <summary>Takes syslog over TCP, in either framing of RFC 6587, plain or over TLS (RFC 5425). Whoever makes it disposes it.</summary>
internal sealed class SyslogTcpListener : IDisposable
{
    private const int MaxConnections = 1024;

    private static readonly TimeSpan s_handshakeLimit = TimeSpan.FromSeconds(10);

    private readonly IIntake _intake;
    private readonly Func<IPAddress, bool> _allows;
    private readonly CertificateFiles? _certificate;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly Socket _listener;
    private readonly SemaphoreSlim _room = new(MaxConnections);
    private readonly HashSet<Task> _connections = [];

    /// <summary>Binds and listens.</summary>
    /// <exception cref="SocketException">The address is taken.</exception>
    public SyslogTcpListener(IPEndPoint address, IIntake intake, Func<IPAddress, bool> allows, CertificateFiles? certificate, ILogger log, TimeProvider time)
    {
        (_intake, _allows, _certificate, _log, _time) = (intake, allows, certificate, log, time);
        _listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            _listener.Bind(address);
            _listener.Listen();
        }
        catch
        {
            _listener.Dispose();
            throw;
        }
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndPoint!;

    /// <summary>Accepts senders until it is told to end, then waits for what they are storing.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                // At the limit others wait in the listen queue.
                await _room.WaitAsync(cancellationToken);
                var socket = await _listener.AcceptAsync(cancellationToken);
                var serving = ServeAsync(socket, cancellationToken);
                lock (_connections)
                    _connections.Add(serving);
                _ = serving.ContinueWith(Forget, TaskScheduler.Default);
            }
        }
        finally
        {
            Task[] open;
            lock (_connections)
                open = [.. _connections];
            await Task.WhenAll(open);
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _room.Dispose();
    }

    private async Task ServeAsync(Socket socket, CancellationToken cancellationToken)
    {
        await Task.Yield();
        var sender = ((IPEndPoint)socket.RemoteEndPoint!).Address;
        try
        {
            await using var network = new NetworkStream(socket, ownsSocket: true);
            if (!_allows(sender))
            {
                _intake.Refuse(IntakeOutcome.Forbidden, "not in syslog.allow_from", new GapSource(_certificate is null ? "syslog-tcp" : "syslog-tls", sender));
                return;
            }
            await using var stream = _certificate is null ? (Stream)network : await ShakeHandsAsync(network, _certificate, cancellationToken);
            using var connection = new SyslogConnection(_intake, sender, _time);
            await connection.RunAsync(stream, cancellationToken);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or AuthenticationException)
        {
            // A sender that goes away in the middle of a message loses that message, as it would with any receiver.
            _log.LogInformation("syslog: the connection from {Sender} ended: {Reason}", sender, error.Message);
        }
        catch (Exception error)
        {
            _log.LogError(error, "syslog: BUG: the connection from {Sender} failed", sender);
        }
        finally
        {
            _room.Release();
        }
    }

    private async Task<SslStream> ShakeHandsAsync(NetworkStream network, CertificateFiles certificate, CancellationToken cancellationToken)
    {
        var tls = new SslStream(network);
        try
        {
            using var limit = new CancellationTokenSource(s_handshakeLimit, _time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = certificate.Current }, either.Token);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync();
            throw;
        }
    }

    private void Forget(Task serving)
    {
        lock (_connections)
            _connections.Remove(serving);
    }
}
