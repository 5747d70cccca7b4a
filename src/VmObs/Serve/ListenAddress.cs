using System.Globalization;
using System.Net;

namespace VmObs.Serve;

/// <summary>Where to listen: HOST:PORT.</summary>
/// <param name="Host">As given, without brackets.</param>
/// <param name="EndPoint">Its address; port 0 lets the system choose.</param>
internal sealed record ListenAddress(string Host, IPEndPoint EndPoint)
{
    /// <summary>Whether only this host reaches it.</summary>
    public bool IsLoopback => IPAddress.IsLoopback(EndPoint.Address);

    /// <summary>Reads HOST:PORT.</summary>
    /// <returns>What is wrong; null when it was read.</returns>
    public static string? Parse(string text, out ListenAddress? address)
    {
        address = null;
        var colon = text.LastIndexOf(':');
        if (colon <= 0 || !ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port))
            return $"got \"{text}\", want HOST:PORT such as 127.0.0.1:7080; port 0 lets the system choose";
        var host = text[..colon];
        var name = host.StartsWith('[') && host.EndsWith(']') ? host[1..^1] : host;
        IPAddress? ip = null;
        if (name.Equals("localhost", StringComparison.OrdinalIgnoreCase))
            ip = IPAddress.Loopback;
        else if (name.Contains(':', StringComparison.Ordinal) != host.StartsWith('[') || !IPAddress.TryParse(name, out ip))
            return $"got \"{text}\", want an IP address or localhost before the port (IPv6 in brackets)";
        address = new ListenAddress(name, new IPEndPoint(ip, port));
        return null;
    }
}
