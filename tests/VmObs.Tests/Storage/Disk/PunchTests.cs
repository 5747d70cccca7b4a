using VmObs.Storage.Disk;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage.Disk;

public sealed class PunchTests
{
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 4096)]
    [InlineData(4095, 300_000)]
    [InlineData(999_999, 1)]
    [InlineData(0, 1_000_000)]
    public void Punched_bytes_are_zeros_and_nothing_else_changes(int offset, int length)
    {
        using var folder = new TemporaryFolder();
        var bytes = new byte[1_000_000];
        new Random(offset).NextBytes(bytes);
        using var file = DiskFolder.Posix.Open(Path.Combine(folder.Path, "x"), create: true);
        using var memory = new MemoryFile((byte[])bytes.Clone());
        file.Write(bytes, 0);
        file.Punch(offset, length);
        // Where the file system has no holes: the same by writing.
        memory.Punch(offset, length);
        file.Sync();
        bytes.AsSpan(offset, length).Clear();
        var found = new byte[bytes.Length + 1];
        Assert.Equal(bytes.Length, file.Read(found, 0));
        Assert.True(found.AsSpan(0, bytes.Length).SequenceEqual(bytes));
        Assert.True(memory.Content.AsSpan().SequenceEqual(bytes));
    }
}
