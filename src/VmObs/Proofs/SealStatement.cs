namespace VmObs.Proofs;

/// <summary>What a sealed hour's receipt says of the journal.</summary>
/// <param name="Seq">The receipt's place in the ledger.</param>
/// <param name="StoragePath">The sealed file.</param>
/// <param name="Position">Its <c>journal.to</c>.</param>
/// <param name="Head">Its <c>journal.head</c>: "blake3:" and hex.</param>
internal sealed record SealStatement(long Seq, string StoragePath, long Position, string Head);
