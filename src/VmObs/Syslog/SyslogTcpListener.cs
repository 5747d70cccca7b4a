using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using VmObs.Ingest;
using VmObs.Receipts.Gaps;

namespace VmObs.Syslog;

/// <summary>Takes syslog over TCP, in either framing of RFC 6587. Whoever makes it disposes it.</summary>
internal sealed class SyslogTcpListener : IDisposable
{
    private const int MaxConnections = 1024;

    private readonly IIntake _intake;
    private readonly Func<IPAddress, bool> _allows;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly Socket _listener;
    private readonly SemaphoreSlim _room = new(MaxConnections);
    private readonly HashSet<Task> _connections = [];

    /// <summary>Binds and listens.</summary>
    /// <exception cref="SocketException">The address is taken.</exception>
    public SyslogTcpListener(IPEndPoint address, IIntake intake, Func<IPAddress, bool> allows, ILogger log, TimeProvider time)
    {
        (_intake, _allows, _log, _time) = (intake, allows, log, time);
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
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            if (!_allows(sender))
            {
                _intake.Refuse(IntakeOutcome.Forbidden, "not in syslog.allow_from", new GapSource("syslog-tcp", sender));
                return;
            }
            using var connection = new SyslogConnection(_intake, sender, _time);
            await connection.RunAsync(stream, cancellationToken);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
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

    private void Forget(Task serving)
    {
        lock (_connections)
            _connections.Remove(serving);
    }
}
