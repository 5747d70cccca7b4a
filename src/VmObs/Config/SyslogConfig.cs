using System.Net;

namespace VmObs.Config;

/// <summary>Where syslog is taken; nowhere unless an address is named.</summary>
internal sealed record SyslogConfig
{
    /// <summary>Address for TCP; null: none.</summary>
    public IPEndPoint? Tcp { get; init; }

    /// <summary>Address for TLS; null: none.</summary>
    public IPEndPoint? Tls { get; init; }

    /// <summary>Address for UDP; null: none.</summary>
    public IPEndPoint? Udp { get; init; }

    /// <summary>Networks that may send, beside the machine itself: syslog carries no token.</summary>
    public IReadOnlyList<IPNetwork> AllowFrom { get; init; } = [];

    /// <summary>Time zone (IANA) of messages whose time names none.</summary>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>Whether a sender may send.</summary>
    public bool Allows(IPAddress sender)
    {
        var address = sender.IsIPv4MappedToIPv6 ? sender.MapToIPv4() : sender;
        return IPAddress.IsLoopback(address) || AllowFrom.Any(network => network.Contains(address));
    }
}
