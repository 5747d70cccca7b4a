using System.Net;

namespace VmObs.Config;

/// <summary>Reads the section "syslog".</summary>
internal static class SyslogReader
{
    public static SyslogConfig Read(YamlSection section)
    {
        var networks = section.Texts("allow_from", [], atLeast: 0);
        var config = new SyslogConfig
        {
            Tcp = ReadAddress(section, "tcp", networks.Count > 0),
            Tls = ReadAddress(section, "tls", networks.Count > 0),
            Udp = ReadAddress(section, "udp", networks.Count > 0),
            TimeZone = section.Text("time_zone", "UTC", "a time zone such as Europe/Vienna", static name => TimeZoneInfo.TryFindSystemTimeZoneById(name, out _))!,
        };
        var allowed = new List<IPNetwork>();
        foreach (var text in networks)
        {
            if (IPNetwork.TryParse(text, out var network))
                allowed.Add(network);
            else
                section.Report("allow_from", $"\"{text}\"", "a network such as 10.0.0.0/8 or 2001:db8::/32");
        }
        return config with { AllowFrom = allowed };
    }

    private static IPEndPoint? ReadAddress(YamlSection section, string key, bool isOpen)
    {
        var wanted = isOpen
            ? "IP:PORT such as 0.0.0.0:514"
            : "a loopback address such as 127.0.0.1:5514: one that others reach needs allow_from, the networks that may send, because syslog carries no token";
        var text = section.Text(key, null, wanted, text => IPEndPoint.TryParse(text, out var read) && text.Contains(':', StringComparison.Ordinal) && (isOpen || IPAddress.IsLoopback(read.Address)));
        return text is null ? null : IPEndPoint.Parse(text);
    }
}
