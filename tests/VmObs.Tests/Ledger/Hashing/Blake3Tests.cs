using System.Diagnostics;
using CsCheck;
using VmObs.Ledger.Hashing;

namespace VmObs.Tests.Ledger.Hashing;

public sealed class Blake3Tests
{
    // From the official test_vectors.json: input byte i is i mod 251; the first 32 bytes of "hash".
    [Theory]
    [InlineData(0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262")]
    [InlineData(1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213")]
    [InlineData(1023, "10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11")]
    [InlineData(1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7")]
    [InlineData(1025, "d00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444")]
    [InlineData(2048, "e776b6028c7cd22a4d0ba182a8bf62205d2ef576467e838ed6f2529b85fba24a")]
    [InlineData(2049, "5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030")]
    [InlineData(102400, "bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085")]
    public void Official_vectors_hash_as_published(int length, string expected) =>
        Assert.Equal(expected, Blake3.Hash(Input(length)).ToHex());

    // From the official test_vectors.json: the first 32 bytes of "keyed_hash", whose key is the text below.
    [Theory]
    [InlineData(0, "92b2b75604ed3c761f9d6f62392c8a9227ad0ea3f09573e783f1498a4ed60d26")]
    [InlineData(1, "6d7878dfff2f485635d39013278ae14f1454b8c0a3a2d34bc1ab38228a80c95b")]
    [InlineData(63, "bb1eb5d4afa793c1ebdd9fb08def6c36d10096986ae0cfe148cd101170ce37ae")]
    [InlineData(64, "ba8ced36f327700d213f120b1a207a3b8c04330528586f414d09f2f7d9ccb7e6")]
    [InlineData(65, "c0a4edefa2d2accb9277c371ac12fcdbb52988a86edc54f0716e1591b4326e72")]
    [InlineData(1023, "c951ecdf03288d0fcc96ee3413563d8a6d3589547f2c2fb36d9786470f1b9d6e")]
    [InlineData(1024, "75c46f6f3d9eb4f55ecaaee480db732e6c2105546f1e675003687c31719c7ba4")]
    public void Official_vectors_hash_under_a_key_as_published(int length, string expected) =>
        Assert.Equal(expected, Blake3Keyed.Hash("whats the Elvish word for friend"u8, Input(length)).ToHex());

    [Fact]
    public void Any_split_into_pieces_and_any_state_kept_between_them_gives_the_same_hash() =>
        Gen.Select(Gen.Int[0, 700_000], Gen.OneOf(Gen.Int[1, 5_000], Gen.Int[1, 300_000]).Array[0, 12]).Sample((length, cuts) =>
        {
            var input = Input(length);
            var hasher = new Blake3Hasher();
            var at = 0;
            foreach (var cut in cuts)
            {
                var take = Math.Min(cut, length - at);
                hasher.Update(input.AsSpan(at, take));
                at += take;
                hasher = Blake3Hasher.ImportState(hasher.ExportState());
                Assert.Equal(Blake3.Hash(input.AsSpan(0, at)), hasher.Finish());
            }
            hasher.Update(input.AsSpan(at));
            Assert.Equal(length, hasher.Length);
            Assert.Equal(Blake3.Hash(input), hasher.Finish());
        }, iter: 300);

    [Fact]
    public void Hashes_are_those_of_b3sum()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/b3sum"), "b3sum is not installed (Debian package b3sum)");
        foreach (var length in new[] { 0, 63, 64, 65, 3072, 3073, 8193, 31_744, 262_144, 262_145, 263_169, 1 << 20, (1 << 20) + 1, 12_345_678 })
        {
            var path = Path.GetTempFileName();
            try
            {
                File.WriteAllBytes(path, Input(length));
                using var process = Process.Start(new ProcessStartInfo("b3sum", ["--no-names", path]) { RedirectStandardOutput = true })!;
                Assert.Equal(process.StandardOutput.ReadToEnd().Trim(), Blake3.Hash(Input(length)).ToHex());
            }
            finally
            {
                File.Delete(path);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(5000)]
    public void A_state_that_is_none_is_refused(int length) =>
        Assert.Throws<FormatException>(() => Blake3Hasher.ImportState(new byte[length]));

    private static byte[] Input(int length)
    {
        var input = new byte[length];
        for (var i = 0; i < length; i++)
            input[i] = (byte)(i % 251);
        return input;
    }
}
