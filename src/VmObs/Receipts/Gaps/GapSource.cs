using System.Net;

namespace VmObs.Receipts.Gaps;

/// <summary>Whose records they were: how they came, and from which address.</summary>
/// <param name="Protocol">"otlp-http", "otlp-grpc", "remote_write", "loki"; "engine" for what the engine did by itself.</param>
/// <param name="Peer">The sender's address; null for the engine.</param>
internal readonly record struct GapSource(string Protocol, IPAddress? Peer)
{
    /// <summary>Who the sender is, where a token says so.</summary>
    public Sender? Sender { get; init; }

    /// <summary>What the engine did by itself.</summary>
    public static GapSource Engine { get; } = new("engine", null);

    /// <summary>The name in receipts: "otlp-http 10.0.0.7".</summary>
    public string Name => Peer switch
    {
        null => Protocol,
        { IsIPv4MappedToIPv6: true } => $"{Protocol} {Peer.MapToIPv4()}",
        _ => $"{Protocol} {Peer}",
    };
}
