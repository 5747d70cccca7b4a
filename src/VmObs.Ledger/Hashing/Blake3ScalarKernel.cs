using static VmObs.Ledger.Hashing.Blake3Compression;

namespace VmObs.Ledger.Hashing;

/// <summary>One chunk or parent at a time, on any processor; what the other kernels are compared with.</summary>
internal readonly struct Blake3ScalarKernel : IBlake3Kernel
{
    public static bool IsSupported => true;

    public static int Lanes => 1;

    public static void HashChunks(ReadOnlySpan<byte> chunks, LastChunk last, ulong firstChunk, Span<byte> values) =>
        CompressChunk(chunks[..last.Bytes], firstChunk, 0, values);

    public static void HashParents(ReadOnlySpan<byte> children, Span<byte> values) => CompressParent(children, 0, values);
}
