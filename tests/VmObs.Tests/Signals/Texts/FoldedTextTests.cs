using System.Text;
using CsCheck;
using VmObs.Signals.Texts;

namespace VmObs.Tests.Signals.Texts;

public sealed class FoldedTextTests
{
    // Few different bytes, so that texts nearly stand in many places; letters' neighbours, which a folded bit must not make letters.
    private static readonly Gen<byte[]> s_bytes = Gen.Int[0, 12].Select(static i => "aAbB@`[{ \"0é"u8[i]).Array[0, 200];

    [Fact]
    public void A_text_is_found_where_it_first_stands_in_any_case_with_vectors_and_without() =>
        Gen.Select(s_bytes, s_bytes.Where(text => text.Length > 0), Gen.Int[0, 200], Gen.Bool).Sample(
            (bytes, text, at, isPut) =>
            {
                text = text[..Math.Min(text.Length, 1 + (at % 12))];
                if (isPut)
                    bytes = [.. bytes.Take(at), .. Swapped(text), .. bytes.Skip(at)];
                var expected = Naive(bytes, text);
                var folded = new FoldedText(text);
                Assert.Equal(expected, folded.IndexInScalar(bytes));
                Assert.Equal(expected, folded.IndexIn(bytes));
            },
            iter: 10_000);

    [Fact]
    public void Bytes_behind_the_span_are_not_looked_at()
    {
        var bytes = Encoding.UTF8.GetBytes(new string('.', 100) + "needle");
        for (var length = 100; length < bytes.Length; length++)
            Assert.Equal(-1, new FoldedText("needle"u8).IndexIn(bytes.AsSpan(0, length)));
        Assert.Equal(100, new FoldedText("NEEDLE"u8).IndexIn(bytes));
    }

    private static int Naive(byte[] bytes, byte[] text)
    {
        // Latin-1 keeps each byte one character, and lower case of ASCII is all that the rule folds.
        var (where, what) = (Lower(bytes), Lower(text));
        return where.IndexOf(what, StringComparison.Ordinal);
    }

    private static string Lower(byte[] bytes) => string.Concat(bytes.Select(b => b is >= (byte)'A' and <= (byte)'Z' ? (char)(b + 32) : (char)b));

    private static byte[] Swapped(byte[] text) => [.. text.Select(b => char.IsAsciiLetter((char)b) ? (byte)(b ^ 0x20) : b)];
}
