using System.Numerics;
using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace VmObs.Fuzz;

/// <summary>Which branches an input took, and how often, by SharpFuzz's instrumentation of the readers.</summary>
internal sealed unsafe class Coverage
{
    private const int Bytes = 64 * 1024;

    private readonly byte* _taken = (byte*)NativeMemory.AllocZeroed(Bytes);
    private readonly byte[] _seen = new byte[Bytes];

    public Coverage() => Trace.SharedMem = _taken;

    /// <summary>Branches taken by any input since <see cref="Forget"/>.</summary>
    public int Count { get; private set; }

    /// <summary>Begins another reader.</summary>
    public void Forget()
    {
        _seen.AsSpan().Clear();
        Count = 0;
    }

    /// <summary>Begins an input.</summary>
    public void Begin()
    {
        new Span<byte>(_taken, Bytes).Clear();
        Trace.PrevLocation = 0;
    }

    /// <summary>Ends it.</summary>
    /// <returns>Whether it took a branch, or took one so often, as none before.</returns>
    public bool End()
    {
        var isNew = false;
        var taken = new ReadOnlySpan<byte>(_taken, Bytes);
        for (var at = Next(taken, 0); at < Bytes; at = Next(taken, at + 1))
            isNew |= Note(at);
        return isNew;
    }

    // Nearly all of the map is zeros.
    private static int Next(ReadOnlySpan<byte> taken, int from) =>
        taken[from..].IndexOfAnyExcept((byte)0) is >= 0 and var further ? from + further : Bytes;

    // A count's bucket is its number of bits: 1, 2–3, 4–7, …
    private bool Note(int at)
    {
        if (_taken[at] == 0)
            return false;
        var bucket = (byte)(1 << BitOperations.Log2(_taken[at]));
        if ((_seen[at] & bucket) != 0)
            return false;
        Count += _seen[at] == 0 ? 1 : 0;
        _seen[at] |= bucket;
        return true;
    }
}
