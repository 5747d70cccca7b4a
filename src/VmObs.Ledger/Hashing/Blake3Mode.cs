using System.Text;
using static VmObs.Ledger.Hashing.Blake3Compression;

namespace VmObs.Ledger.Hashing;

/// <summary>One of BLAKE3's three modes: what the compressions of chunks and parents begin with, and the flag that they carry.</summary>
/// <remarks>Immutable; making one is not for hot paths. Source: the BLAKE3 paper, section 2.3. A mode with a key holds it.</remarks>
public sealed class Blake3Mode
{
    /// <summary>Length of a key.</summary>
    public const int KeyBytes = 32;

    private const uint KeyedHash = 16;
    private const uint DeriveKeyContext = 32;
    private const uint DeriveKeyMaterial = 64;

    private readonly uint[] _words;

    private Blake3Mode(uint[] words, uint flags) => (_words, Flags) = (words, flags);

    /// <summary>The hash of bytes, without a key.</summary>
    public static Blake3Mode Hash { get; } = new(Iv.ToArray(), 0);

    /// <summary>Eight words in place of the initial value.</summary>
    internal ReadOnlySpan<uint> Words => _words;

    /// <summary>The flags of every compression.</summary>
    internal uint Flags { get; }

    /// <summary>The hash under a key: a pseudorandom function that nobody without the key can foretell.</summary>
    /// <param name="key">Exactly <see cref="KeyBytes"/>.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public static Blake3Mode Keyed(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeyBytes)
            throw new ArgumentException($"a key has {KeyBytes} bytes, got {key.Length}", nameof(key));
        return new(WordsOf(key), KeyedHash);
    }

    /// <summary>Keys derived from key material, which is then what is hashed.</summary>
    /// <param name="context">What the key is for: a constant of the program, never of its input. "example.org 2025-12-06 session tokens".</param>
    public static Blake3Mode DeriveKey(string context)
    {
        var key = Blake3.Hash(Encoding.UTF8.GetBytes(context), new Blake3Mode(Iv.ToArray(), DeriveKeyContext));
        return new(WordsOf(key.Span), DeriveKeyMaterial);
    }

    private static uint[] WordsOf(ReadOnlySpan<byte> bytes)
    {
        var words = new uint[8];
        ReadWords(bytes, words);
        return words;
    }
}
