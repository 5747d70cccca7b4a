using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using VmObs.Ingest;
using VmObs.Receipts.Gaps;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Signals.Wire.Syslog;

namespace VmObs.Syslog;

/// <summary>Takes syslog over UDP, a message a datagram. Whoever makes it disposes it.</summary>
/// <remarks>Two loops: one takes datagrams off the socket as fast as they come, the other stores what gathered meanwhile. A datagram that
/// finds no room is counted as refused with its sender: UDP has nobody to tell.</remarks>
internal sealed class SyslogUdpListener : IDisposable
{
    private const int MaxDatagramBytes = 65_536, SocketBufferBytes = 4 * 1024 * 1024;

    /// <summary>What may wait for the disk, bytes.</summary>
    private const int MaxWaitingBytes = 8 * 1024 * 1024;

    private readonly IIntake _intake;
    private readonly Func<IPAddress, bool> _allows;
    private readonly TimeProvider _time;
    private readonly Socket _socket;
    private readonly SemaphoreSlim _arrived = new(0, 1);
    private readonly Lock _lock = new();
    private PooledBuffer _waiting = new(64 * 1024), _storing = new(64 * 1024);

    /// <summary>Binds.</summary>
    /// <exception cref="SocketException">The address is taken.</exception>
    public SyslogUdpListener(IPEndPoint address, IIntake intake, Func<IPAddress, bool> allows, TimeProvider time)
    {
        (_intake, _allows, _time) = (intake, allows, time);
        _socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            _socket.ReceiveBufferSize = SocketBufferBytes;
            _socket.Bind(address);
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Address => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Takes datagrams until it is told to end, then stores what it took.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var storing = StoreAsync(cancellationToken);
        try
        {
            await ReceiveAsync(cancellationToken);
        }
        finally
        {
            await storing;
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _arrived.Dispose();
        _waiting.Dispose();
        _storing.Dispose();
    }

    private async Task ReceiveAsync(CancellationToken cancellationToken)
    {
        var buffer = GC.AllocateUninitializedArray<byte>(MaxDatagramBytes);
        var sender = new SocketAddress(_socket.AddressFamily);
        var anyone = (IPEndPoint)_socket.LocalEndPoint!;
        while (true)
        {
            var length = await _socket.ReceiveFromAsync(buffer, SocketFlags.None, sender, cancellationToken);
            Take(buffer.AsSpan(0, length), ((IPEndPoint)anyone.Create(sender)).Address);
        }
    }

    private void Take(ReadOnlySpan<byte> datagram, IPAddress sender)
    {
        // One message a datagram; line feeds at its end are a sender's habit.
        datagram = datagram.TrimEnd("\r\n\0"u8);
        if (datagram.IsEmpty)
            return;
        if (!_allows(sender))
        {
            _intake.Refuse(IntakeOutcome.Forbidden, "not in syslog.allow_from", new GapSource("syslog-udp", sender));
            return;
        }
        lock (_lock)
        {
            if (_waiting.Length > MaxWaitingBytes)
            {
                _intake.Refuse(IntakeOutcome.Busy, "more datagrams than the disk follows", new GapSource("syslog-udp", sender));
                return;
            }
            SyslogFrames.Append(_waiting, datagram);
            if (_arrived.CurrentCount == 0)
                _arrived.Release();
        }
    }

    private async Task StoreAsync(CancellationToken cancellationToken)
    {
        var ended = false;
        while (!ended)
        {
            try
            {
                await _arrived.WaitAsync(cancellationToken);
            }
            catch (OperationCanceledException)
            {
                ended = true;
            }
            lock (_lock)
                (_waiting, _storing) = (_storing, _waiting);
            if (_storing.Length > 0)
                await StoreBatchAsync(ended, cancellationToken);
            _storing.Clear();
        }
    }

    private async Task StoreBatchAsync(bool isLast, CancellationToken cancellationToken)
    {
        // Many senders' datagrams are one request: its source is the protocol.
        var source = new GapSource("syslog-udp", null);
        while (true)
        {
            var result = await _intake.TakeAsync(
                PipeReader.Create(new ReadOnlySequence<byte>(_storing.WrittenMemory)), WireFormat.Syslog, ContentCoding.Identity, _storing.Length, source, CancellationToken.None);
            if (isLast || result.Outcome is not (IntakeOutcome.Busy or IntakeOutcome.OverRate or IntakeOutcome.DiskFailed))
                return;
            try
            {
                await Task.Delay(TimeSpan.FromSeconds(Math.Max(1, result.RetryAfterSeconds)), _time, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                isLast = true;
            }
        }
    }
}
