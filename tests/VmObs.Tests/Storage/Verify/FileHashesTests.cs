using VmObs.Ledger.Hashing;
using VmObs.Storage.Embedded.Verify;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage.Verify;

public sealed class FileHashesTests
{
    [Fact]
    public void Files_of_any_size_are_hashed_in_their_order_and_what_cannot_be_read_is_said()
    {
        using var folder = new TemporaryFolder();
        var random = new Random(11);
        int[] lengths = [0, 1, 1024, Blake3Parts.PartBytes - 1, Blake3Parts.PartBytes, Blake3Parts.PartBytes + 1, (5 * Blake3Parts.PartBytes) + 17, 1025, 3];
        var contents = lengths.Select(length =>
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            return bytes;
        }).ToList();
        var paths = contents.Select((content, i) => folder.File($"{i}", content)).ToList();
        paths.Insert(4, Path.Combine(folder.Path, "none"));
        contents.Insert(4, []);
        var read = 0L;
        var hashes = FileHashes.Of(paths, bytes => Interlocked.Add(ref read, bytes), TestContext.Current.CancellationToken);
        for (var i = 0; i < paths.Count; i++)
        {
            Assert.Equal(i == 4, hashes[i].Error is not null);
            Assert.Equal(i == 4 ? default : Blake3.Hash(contents[i]), hashes[i].Hash);
            Assert.Equal(contents[i].Length, hashes[i].Length);
        }
        Assert.Equal(lengths.Sum(), read);
    }

    [Fact]
    public void Who_gives_up_is_obeyed()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a", new byte[3 * Blake3Parts.PartBytes]);
        using var stop = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => FileHashes.Of([path, path], _ => stop.Cancel(), stop.Token));
    }
}
