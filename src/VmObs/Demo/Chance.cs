using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace VmObs.Demo;

/// <summary>Chance that falls the same way in each run: it depends on what it is for and on the time alone.</summary>
internal static class Chance
{
    /// <summary>A number in [0, 1).</summary>
    public static double At(string what, DateTimeOffset time) =>
        (XxHash3.HashToUInt64(MemoryMarshal.AsBytes(what.AsSpan()), time.UtcTicks) >> 11) * (1.0 / (1UL << 53));

    /// <summary>A number between two others.</summary>
    public static double Between(double from, double to, string what, DateTimeOffset time) => from + ((to - from) * At(what, time));

    /// <summary>One of several.</summary>
    public static T OneOf<T>(IReadOnlyList<T> of, string what, DateTimeOffset time) => of[(int)(At(what, time) * of.Count)];

    /// <summary>As many hexadecimal digits as an id has, at most 32.</summary>
    public static string Hex(int digits, string what, DateTimeOffset time)
    {
        Span<byte> hash = stackalloc byte[16];
        XxHash128.Hash(MemoryMarshal.AsBytes(what.AsSpan()), hash, time.UtcTicks);
        return Convert.ToHexStringLower(hash)[..digits];
    }
}
