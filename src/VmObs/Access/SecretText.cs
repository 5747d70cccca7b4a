using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace VmObs.Access;

/// <summary>Tokens as text: "vmo_" and 32 random bytes in base64url.</summary>
internal static class SecretText
{
    private const string Prefix = "vmo_";
    private const int RandomBytes = 32;

    /// <summary>A new token.</summary>
    public static string Create() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes));

    /// <summary>What is stored of a token: SHA-256 of its text, lower-case hexadecimal.</summary>
    /// <remarks>A plain hash is enough: nobody guesses 256 random bits.</remarks>
    public static string Hash(string token) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
