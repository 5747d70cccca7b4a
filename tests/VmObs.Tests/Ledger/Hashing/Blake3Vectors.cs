using System.Text;
using System.Text.Json;
using VmObs.Tests.Architecture;

namespace VmObs.Tests.Ledger.Hashing;

/// <summary>The official test vectors (Blake3Vectors.json; its source and licence are in it).</summary>
/// <param name="InputLength">Bytes of the input.</param>
/// <param name="Hash">131 bytes of output, the first 32 of which are the hash.</param>
/// <param name="KeyedHash">The same under <see cref="Key"/>.</param>
/// <param name="DerivedKey">The same for <see cref="Context"/>.</param>
internal sealed record Blake3Vectors(int InputLength, string Hash, string KeyedHash, string DerivedKey)
{
    private static readonly JsonElement s_file =
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Repository.Root, "tests", "VmObs.Tests", "Ledger", "Hashing", "Blake3Vectors.json"))).RootElement;

    public static byte[] Key { get; } = Encoding.ASCII.GetBytes(s_file.GetProperty("key").GetString()!);

    public static string Context { get; } = s_file.GetProperty("context_string").GetString()!;

    public static IReadOnlyList<Blake3Vectors> Cases { get; } =
    [
        .. s_file.GetProperty("cases").EnumerateArray().Select(static one => new Blake3Vectors(
            one.GetProperty("input_len").GetInt32(),
            one.GetProperty("hash").GetString()!,
            one.GetProperty("keyed_hash").GetString()!,
            one.GetProperty("derive_key").GetString()!)),
    ];

    /// <summary>Byte i is i mod 251.</summary>
    public static byte[] Input(int length)
    {
        var input = new byte[length];
        for (var i = 0; i < length; i++)
            input[i] = (byte)(i % 251);
        return input;
    }
}
