namespace VmObs.Ledger.Proofs;

/// <summary>A log record in a sealed file.</summary>
/// <param name="Text">The line, without its newline.</param>
/// <param name="MemberOffset">Where in the file the gzip member with the line begins.</param>
/// <param name="MemberLength">Bytes of the member.</param>
/// <param name="Line">Which line of the member, counted from 0.</param>
/// <param name="Slice">The member's Bao slice, in groups of 1 KiB.</param>
public sealed record LogRecordProof(ReadOnlyMemory<byte> Text, long MemberOffset, int MemberLength, int Line, ReadOnlyMemory<byte> Slice);
