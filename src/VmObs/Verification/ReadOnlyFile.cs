using Microsoft.Win32.SafeHandles;
using VmObs.Storage.Disk;

namespace VmObs.Verification;

/// <summary>A file that is only read: a verifier needs no more rights than that.</summary>
internal sealed class ReadOnlyFile(string path) : DiskFile
{
    private readonly SafeFileHandle _handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    public override string Path => path;

    public override long Length => RandomAccess.GetLength(_handle);

    public override int Read(Span<byte> destination, long offset)
    {
        var total = 0;
        while (total < destination.Length)
        {
            var read = RandomAccess.Read(_handle, destination[total..], offset + total);
            if (read == 0)
                break;
            total += read;
        }
        return total;
    }

    public override void Write(ReadOnlySpan<byte> bytes, long offset) => throw Refusal();

    public override void SetLength(long length) => throw Refusal();

    public override void Sync() => throw Refusal();

    public override void Dispose() => _handle.Dispose();

    private InvalidOperationException Refusal() => new($"BUG: {path} is open for reading alone");
}
