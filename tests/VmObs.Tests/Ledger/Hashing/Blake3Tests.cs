using System.Diagnostics;
using CsCheck;
using VmObs.Ledger.Hashing;

namespace VmObs.Tests.Ledger.Hashing;

public sealed class Blake3Tests
{
    public static TheoryData<int> Lengths => [.. Blake3Vectors.Cases.Select(vector => vector.InputLength)];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Official_vectors_hash_as_published_in_every_mode(int length)
    {
        var vector = Blake3Vectors.Cases.Single(vector => vector.InputLength == length);
        var input = Blake3Vectors.Input(length);
        Check(vector.Hash, Blake3Mode.Hash);
        Check(vector.KeyedHash, Blake3Mode.Keyed(Blake3Vectors.Key));
        Check(vector.DerivedKey, Blake3Mode.DeriveKey(Blake3Vectors.Context));

        void Check(string expected, Blake3Mode mode)
        {
            Assert.Equal(expected[..64], Blake3.Hash(input, mode).ToHex());
            var hasher = new Blake3Hasher(mode);
            hasher.Update(input);
            Assert.Equal(expected[..64], hasher.Finish().ToHex());
            var output = new byte[expected.Length / 2];
            hasher.Finish(output);
            Assert.Equal(expected, Convert.ToHexStringLower(output));
        }
    }

    [Fact]
    public void Any_split_into_pieces_and_any_state_kept_between_them_gives_the_same_hash() =>
        Gen.Select(Gen.Int[0, 700_000], Gen.OneOf(Gen.Int[1, 5_000], Gen.Int[1, 300_000]).Array[0, 12]).Sample((length, cuts) =>
        {
            var input = Blake3Vectors.Input(length);
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
    public void Parts_that_are_hashed_on_any_thread_make_the_hash_of_the_whole() =>
        Gen.OneOf(Gen.Int[0, 2000], Gen.Select(Gen.Int[1, 9], Gen.Int[-2, 2], (parts, near) => Math.Max(0, (parts * Blake3Parts.PartBytes) + near)), Gen.Int[0, 3 << 20]).Sample(length =>
        {
            var input = Bytes(length);
            var parts = new Blake3Parts(length);
            Parallel.For(0, parts.Count, part => parts.Hash(part, input.AsSpan(part * Blake3Parts.PartBytes, parts.LengthOf(part))));
            Assert.Equal(Blake3.Hash(input), parts.Finish());
        }, iter: 60);

    [Fact]
    public void Values_of_parts_at_any_place_make_the_hash_of_the_whole() =>
        Gen.Select(Gen.Int[1025, 3 << 20], Modes).Sample((length, mode) =>
        {
            var input = Bytes(length);
            var left = 1024 << System.Numerics.BitOperations.Log2((uint)((length - 1) / 1024));
            var parent = new byte[2 * Digest.Bytes];
            Blake3Subtree.ChainingValue(input.AsSpan(0, left), 0, mode).CopyTo(parent);
            Blake3Subtree.ChainingValue(input.AsSpan(left), left, mode).CopyTo(parent.AsSpan(Digest.Bytes));
            var value = new byte[Digest.Bytes];
            Blake3Compression.HashParent(parent, mode, Blake3Compression.Root, value);
            Assert.Equal(Blake3.Hash(input, mode), new Digest(value));
        }, iter: 30);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, -1024)]
    [InlineData(1, 1)]
    [InlineData(1025, 1024)]
    [InlineData(4096, 2048)]
    [InlineData(4097, 4096)]
    public void A_part_that_no_tree_has_is_refused(int length, long offset) =>
        Assert.Throws<ArgumentException>(() => Blake3Subtree.ChainingValue(new byte[length], offset));

    [Fact]
    public void Hashes_are_those_of_b3sum()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/b3sum"), "b3sum is not installed (Debian package b3sum)");
        var path = Path.GetTempFileName();
        try
        {
            foreach (var length in new[] { 0, 63, 64, 65, 3072, 3073, 8193, 31_744, 262_144, 262_145, 263_169, 1 << 20, (1 << 20) + 1, 12_345_678 })
            {
                var input = Blake3Vectors.Input(length);
                File.WriteAllBytes(path, input);
                Assert.Equal(B3Sum(path), Blake3.Hash(input).ToHex());
                Assert.Equal(B3Sum(path, "--keyed"), Blake3.Hash(input, Blake3Mode.Keyed(Blake3Vectors.Key)).ToHex());
                Assert.Equal(B3Sum(path, "--derive-key", "é €"), Blake3.Hash(input, Blake3Mode.DeriveKey("é €")).ToHex());
            }
        }
        finally
        {
            File.Delete(path);
        }

        static string B3Sum(string path, params string[] options)
        {
            using var process = Process.Start(new ProcessStartInfo("b3sum", [.. options, "--no-names", path]) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
            if (options is ["--keyed"])
                process.StandardInput.BaseStream.Write(Blake3Vectors.Key);
            process.StandardInput.Close();
            return process.StandardOutput.ReadToEnd().Trim();
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(5000)]
    public void A_state_that_is_none_is_refused(int length) =>
        Assert.Throws<FormatException>(() => Blake3Hasher.ImportState(new byte[length]));

    [Fact]
    public void A_key_of_another_length_is_refused_and_leaves_no_state()
    {
        Assert.Throws<ArgumentException>(() => Blake3Mode.Keyed(new byte[31]));
        Assert.Throws<InvalidOperationException>(() => new Blake3Hasher(Blake3Mode.Keyed(new byte[32])).ExportState());
    }

    private static readonly Blake3Mode[] s_modes = [Blake3Mode.Hash, Blake3Mode.Keyed(Blake3Vectors.Key), Blake3Mode.DeriveKey("a context")];

    private static Gen<Blake3Mode> Modes => Gen.Int[0, 2].Select(static i => s_modes[i]);

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }
}
