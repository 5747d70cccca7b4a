using System.Text;
using CsCheck;
using VmObs.Storage.Embedded.Grams;

namespace VmObs.Tests.Storage.Grams;

public sealed class GramSelectionTests
{
    private static readonly System.Buffers.SearchValues<byte> Letters = System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"u8);

    private static readonly Gen<string> s_text = Gen.OneOf(Gen.Char.AlphaNumeric.Array[0, 120], Gen.Char['a', 'b'].Array[0, 120], Gen.Char[' ', '~'].Array[0, 400])
        .Select(letters => new string(letters));

    [Fact]
    public void Vectors_choose_as_the_definition_says() => s_text.Sample(text =>
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Assert.Equal(Defined(bytes), Chosen(bytes));
    }, iter: 5_000);

    [Fact]
    public void What_is_chosen_in_a_text_is_chosen_wherever_the_text_stands_in_any_case() =>
        Gen.Select(s_text, s_text, s_text).Sample((before, text, behind) =>
        {
            var whole = Chosen(Encoding.UTF8.GetBytes(before + text.ToUpperInvariant() + behind));
            Assert.Subset(whole.ToHashSet(), Chosen(Encoding.UTF8.GetBytes(text)).ToHashSet());
        }, iter: 5_000);

    [Fact]
    public void A_text_of_eleven_bytes_has_a_choice_and_a_shorter_one_none()
    {
        Assert.Single(Chosen("anchor fail"u8.ToArray()));
        Assert.Empty(Chosen("anchor fai"u8.ToArray()));
    }

    [Fact]
    public void All_grams_of_four_letters_are_taken_wherever_they_stand() => s_text.Sample(text =>
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var room = new uint[bytes.Length];
        var expected = Enumerable.Range(0, Math.Max(0, bytes.Length - 3)).Where(at => bytes.AsSpan(at, 4).IndexOfAnyExcept(Letters) < 0)
            .Select(at => (System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at)) | 0x20202020) * 0x9E3779B1);
        Assert.Equal(expected, room[..GramSelection.SelectLetters(bytes, room)]);
    }, iter: 5_000);

    [Fact]
    public void The_choice_is_part_of_the_format_and_does_not_change() =>
        Assert.Equal([66390048u, 575414030u], Chosen("connection refused"u8.ToArray()).Order().Take(2));

    private static uint[] Chosen(byte[] text)
    {
        var room = new uint[GramSelection.RoomFor(text.Length)];
        return room[..GramSelection.Select(text, room)];
    }

    private static uint[] Defined(byte[] text)
    {
        var room = new uint[GramSelection.RoomFor(text.Length)];
        return room[..GramSelection.SelectScalar(text, room)];
    }
}
