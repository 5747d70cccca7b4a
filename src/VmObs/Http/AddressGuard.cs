using System.Net;
using Microsoft.AspNetCore.Http;

namespace VmObs.Http;

/// <summary>Refuses requests whose Host or Origin is not this engine's: a page of a stranger that makes a browser call us (DNS rebinding,
/// cross-site posts) names its own host.</summary>
/// <param name="next">What comes behind it.</param>
/// <param name="hosts">Hosts that the engine listens on, beside loopback's.</param>
/// <param name="anyHost">Whether requests need tokens, which a stranger's page has none of: then the engine may be called by any name, and an
/// origin must be the host that was called.</param>
internal sealed class AddressGuard(RequestDelegate next, IReadOnlySet<string> hosts, bool anyHost)
{
    public Task InvokeAsync(HttpContext context)
    {
        var host = context.Request.Host;
        if (!anyHost && !IsOurs(host.Host))
            return Problem.ForeignHost("Host", host.Value ?? "", Wanted).WriteAsync(context);
        foreach (var origin in context.Request.Headers.Origin)
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || !(IsOurs(uri.Host) || (anyHost && uri.Authority.Equals(host.Value, StringComparison.OrdinalIgnoreCase))))
                return Problem.ForeignHost("Origin", origin ?? "", Wanted).WriteAsync(context);
        }
        return next(context);
    }

    private static string Wanted => "localhost, 127.0.0.1, [::1] or the address that the engine listens on";

    private bool IsOurs(string host)
    {
        var name = host.TrimStart('[').TrimEnd(']');
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(name, out var address) && IPAddress.IsLoopback(address))
            || hosts.Contains(name);
    }
}
