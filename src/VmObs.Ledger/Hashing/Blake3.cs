namespace VmObs.Ledger.Hashing;

/// <summary>BLAKE3 of bytes at hand. Source: the BLAKE3 paper (O'Connor, Aumasson, Neves, Wilcox-O'Hearn).</summary>
public static class Blake3
{
    [ThreadStatic]
    private static Blake3Hasher? s_hasher;

    /// <summary>The 32-byte hash.</summary>
    public static Digest Hash(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length <= Blake3Short.MaxBytes)
            return Blake3Short.Hash(default, bytes);
        var hasher = s_hasher ??= new Blake3Hasher();
        hasher.Reset();
        hasher.Update(bytes);
        return hasher.Finish();
    }
}
