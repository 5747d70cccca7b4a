using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace VmObs.Storage.Disk;

/// <summary>The real file system, by POSIX calls.</summary>
internal sealed partial class PosixDisk : DiskFolder
{
    // See man fallocate(2): KEEP_SIZE must be set with PUNCH_HOLE; whole blocks are given back, the rest of the range is zeroed.
    private const int KeepSizeAndPunchHole = 0x01 | 0x02;
    private const int Interrupted = 4;
    private const int NoSuchCall = 38;
    private const int NotSupported = 95;

    public override DiskFile Open(string path, bool create) => Refused(() => new PosixFile(
        path, File.OpenHandle(path, create ? FileMode.CreateNew : FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete)));

    public override DiskFile OpenRead(string path) =>
        Refused(() => new PosixFile(path, File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)));

    public override void Rename(string from, string to) => Refused(() => File.Move(from, to, overwrite: true));

    public override void Delete(string path) => Refused(() => File.Delete(path));

    public override void SyncFolder(string path)
    {
        // .NET opens no folders; O_RDONLY is enough for fsync(2) on Linux and macOS.
        var descriptor = OpenDescriptor(path, 0);
        if (descriptor < 0)
            throw Failure("open", path);
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (SyncDescriptor(handle) != 0)
            throw Failure("fsync", path);
    }

    public override void MakeFolder(string path) => Refused(() => Directory.CreateDirectory(path));

    // W_OK
    protected override bool MayMakeIn(string path) => Access(path, 2) == 0;

    private static void Refused(Action operation) => Refused(() =>
    {
        operation();
        return true;
    });

    /// <summary>.NET has another exception for what permissions forbid; to the store a disk that refuses is one thing.</summary>
    private static T Refused<T>(Func<T> operation)
    {
        try
        {
            return operation();
        }
        catch (UnauthorizedAccessException error)
        {
            throw new IOException(error.Message, error);
        }
    }

    private static IOException Failure(string call, string path)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"{path}: {call} failed: {Marshal.GetPInvokeErrorMessage(error)} (errno {error})");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenDescriptor(string path, int flags);

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int SyncDescriptor(SafeFileHandle descriptor);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int SyncDescriptorData(SafeFileHandle descriptor);

    // off_t has 64 bits on every 64-bit Linux, whatever its libc.
    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int Allocate(SafeFileHandle descriptor, int mode, long offset, long length);

    private sealed class PosixFile(string path, SafeFileHandle handle) : DiskFile
    {
        public override string Path => path;

        public override long Length => RandomAccess.GetLength(handle);

        public override int Read(Span<byte> destination, long offset)
        {
            var total = 0;
            while (total < destination.Length)
            {
                var read = RandomAccess.Read(handle, destination[total..], offset + total);
                if (read == 0)
                    break;
                total += read;
            }
            return total;
        }

        public override void Write(ReadOnlySpan<byte> bytes, long offset) => RandomAccess.Write(handle, bytes, offset);

        public override void SetLength(long length) => RandomAccess.SetLength(handle, length);

        public override void Punch(long offset, long length)
        {
            if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
            {
                base.Punch(offset, length);
                return;
            }
            while (Allocate(handle, KeepSizeAndPunchHole, offset, length) != 0)
            {
                switch (Marshal.GetLastPInvokeError())
                {
                    case Interrupted:
                        continue;
                    case NotSupported or NoSuchCall:
                        base.Punch(offset, length);
                        return;
                    default:
                        throw Failure("fallocate", path);
                }
            }
        }

        public override void Sync()
        {
            if (SyncDescriptorData(handle) != 0)
                throw Failure("fdatasync", path);
        }

        public override void Dispose() => handle.Dispose();
    }
}
