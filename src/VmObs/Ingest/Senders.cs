using Microsoft.AspNetCore.Http;
using VmObs.Receipts.Gaps;

namespace VmObs.Ingest;

/// <summary>Who sends a request over HTTP.</summary>
internal static class Senders
{
    public static GapSource Of(HttpContext context, string protocol) =>
        new(protocol, context.Connection.RemoteIpAddress) { Sender = context.Features.Get<Sender>() };
}
