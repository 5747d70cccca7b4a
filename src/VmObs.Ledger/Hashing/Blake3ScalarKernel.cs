using static VmObs.Ledger.Hashing.Blake3Compression;

namespace VmObs.Ledger.Hashing;

/// <summary>One chunk or parent at a time, on any processor.</summary>
internal readonly struct Blake3ScalarKernel : IBlake3Kernel
{
    public static bool IsSupported => true;

    public static int Lanes => 1;

    public static void HashChunks(ReadOnlySpan<byte> chunks, ulong firstChunk, Blake3Mode mode, Span<byte> values) =>
        HashChunk(chunks, firstChunk, mode, 0, values);

    public static void HashParents(ReadOnlySpan<byte> children, Blake3Mode mode, Span<byte> values) => HashParent(children, mode, 0, values);
}
