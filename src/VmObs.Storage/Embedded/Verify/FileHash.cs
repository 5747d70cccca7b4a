using VmObs.Ledger.Hashing;

namespace VmObs.Storage.Embedded.Verify;

/// <summary>What reading a file for its hash came to.</summary>
/// <param name="Hash">BLAKE3 of all its bytes; nothing where it could not be read.</param>
/// <param name="Length">Its bytes.</param>
/// <param name="Error">Why it could not be read; null where it was.</param>
public sealed record FileHash(Digest Hash, long Length, IOException? Error);
