using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace VmObs.Folder;

/// <summary>Holds a data folder for one engine: an flock(2) on DIR/lock, which the system lets go when the process ends, however it ends.</summary>
/// <remarks>The file stays; it holds pid and host of who took the lock last. Not through FileStream, whose own lock would keep a second engine from
/// reading the pid.</remarks>
internal sealed partial class FolderLock : IDisposable
{
    private const int Shared = 1, Exclusive = 2, NonBlocking = 4, Unlock = 8;
    private const int MaxPidBytes = 320;

    private readonly SafeFileHandle _handle;

    private FolderLock(SafeFileHandle handle) => _handle = handle;

    /// <summary>Takes the folder.</summary>
    /// <exception cref="IOException">Another engine has it, named by its pid, or the file cannot be opened.</exception>
    public static FolderLock Take(string dataFolder)
    {
        Directory.CreateDirectory(dataFolder);
        var path = Path.Combine(dataFolder, "lock");
        // O_RDWR | O_CREAT | O_CLOEXEC
        var descriptor = Open(path, OperatingSystem.IsMacOS() ? 0x2 | 0x200 | 0x1000000 : 0x2 | 0x40 | 0x80000, Convert.ToInt32("644", 8));
        if (descriptor < 0)
            throw new IOException($"{path}: open failed: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (!TryTake(handle))
        {
            var holder = ReadPid(handle);
            handle.Dispose();
            throw new IOException($"{dataFolder}: another engine has this data folder{holder}. Stop it first, or give this one a folder of its own (--data)");
        }
        RandomAccess.SetLength(handle, 0);
        RandomAccess.Write(handle, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId} {Environment.MachineName}\n")), 0);
        return new FolderLock(handle);
    }

    /// <summary>Whether an engine has the folder at this moment.</summary>
    public static bool IsHeld(string dataFolder)
    {
        // O_RDONLY
        var descriptor = Open(Path.Combine(dataFolder, "lock"), 0, 0);
        if (descriptor < 0)
            return false;
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        return Flock(handle, Shared | NonBlocking) != 0;
    }

    public void Dispose() => _handle.Dispose();

    // Who asks IsHeld has the lock shared for some microseconds; only an engine has it alone. So it is tried again for as long as it can be shared.
    private static bool TryTake(SafeFileHandle handle)
    {
        while (Flock(handle, Exclusive | NonBlocking) != 0)
        {
            if (Flock(handle, Shared | NonBlocking) != 0)
                return false;
            Flock(handle, Unlock);
            Thread.Yield();
        }
        return true;
    }

    private static string ReadPid(SafeFileHandle handle)
    {
        Span<byte> bytes = stackalloc byte[MaxPidBytes];
        var text = Encoding.ASCII.GetString(bytes[..RandomAccess.Read(handle, bytes, 0)]).Trim();
        // "4711 brick-01"; older engines wrote the pid alone.
        return text.Split(' ') is [var pid, var host] ? $" (pid {pid} on {host})" : text.Length == 0 ? "" : $" (pid {text})";
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle descriptor, int operation);
}
