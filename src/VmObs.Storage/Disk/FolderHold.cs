using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace VmObs.Storage.Disk;

/// <summary>Keeps the names in a data folder as they are while somebody copies it: an flock(2) on DIR/hold, which the system lets go when the
/// process ends, however it ends.</summary>
/// <remarks>Who seals, cuts the journal or expires shares it for as long; a copy has it alone. Files only begin and grow meanwhile.</remarks>
public sealed partial class FolderHold : IDisposable
{
    private const int Shared = 1, Exclusive = 2, NonBlocking = 4;

    private readonly SafeFileHandle _handle;

    private FolderHold(SafeFileHandle handle) => _handle = handle;

    /// <summary>Shares the folder with others that change names; null while a copy is made of it.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static FolderHold? TryShare(string dataFolder) => Try(dataFolder, Shared);

    /// <summary>Takes the folder to copy it; null while somebody changes names.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static FolderHold? TryTake(string dataFolder) => Try(dataFolder, Exclusive);

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private static FolderHold? Try(string dataFolder, int mode)
    {
        var path = Path.Combine(dataFolder, "hold");
        // O_RDONLY, which a read-only file system grants too; O_CREAT | O_CLOEXEC
        var descriptor = Open(path, OperatingSystem.IsMacOS() ? 0x200 | 0x1000000 : 0x40 | 0x80000, Convert.ToInt32("644", 8));
        if (descriptor < 0)
            throw new IOException($"{path}: open failed: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (Flock(handle, mode | NonBlocking) == 0)
            return new FolderHold(handle);
        handle.Dispose();
        return null;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle descriptor, int operation);
}
