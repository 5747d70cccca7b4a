using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Signals.Ports;

namespace VmObs.Storage.Embedded.Verify;

/// <summary>A record of the journal as its head describes it.</summary>
/// <param name="Position">Counted from 1.</param>
/// <param name="Segment">The file that holds it, relative to the data folder.</param>
/// <param name="ArrivalUnixNanos">When its last byte arrived, by the engine's clock.</param>
/// <param name="Request">How the request is written; null for a record of the engine's own, a decision about traces.</param>
/// <param name="Length">Bytes of the body as it arrived, with the name of the node that the sender is bound to.</param>
/// <param name="NodeBytes">Bytes of that name, before the request's own.</param>
/// <param name="BodyHash">BLAKE3 of the body.</param>
/// <param name="ChainBefore">The journal's chain before it.</param>
/// <param name="Chain">The journal's chain after it.</param>
public sealed record KeptRecord(
    long Position, string Segment, long ArrivalUnixNanos, (Signal Signal, WireFormat Format, ContentCoding Coding)? Request, int Length, int NodeBytes,
    Digest BodyHash, Digest ChainBefore, Digest Chain);
