using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Connections;

namespace VmObs.Serve;

/// <summary>Holds each address to a share of the connections, so that nobody who opens thousands and says nothing keeps the others out.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class ConnectionsByAddress
{
    /// <summary>Connections of all addresses together.</summary>
    public const int MaxInAll = 4096;

    /// <summary>Connections of one address.</summary>
    public const int MaxOfOne = 1024;

    private readonly ConcurrentDictionary<IPAddress, int> _open = new();
    private long _refused;

    /// <summary>Connections closed because their address had as many as it may.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Middleware of a listening address.</summary>
    public ConnectionDelegate Guard(ConnectionDelegate next) => async context =>
    {
        if (context.RemoteEndPoint is not IPEndPoint { Address: var address })
        {
            await next(context);
            return;
        }
        var open = _open.AddOrUpdate(address, 1, static (_, count) => count + 1);
        try
        {
            if (open > MaxOfOne)
            {
                Interlocked.Increment(ref _refused);
                context.Abort(new ConnectionAbortedException($"{address} has {MaxOfOne} connections, the most that one address may have"));
                return;
            }
            await next(context);
        }
        finally
        {
            // The last one takes the entry with it, unless another came meanwhile.
            if (_open.AddOrUpdate(address, 0, static (_, count) => count - 1) == 0)
                _open.TryRemove(new KeyValuePair<IPAddress, int>(address, 0));
        }
    };
}
