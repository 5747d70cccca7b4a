using System.Security.Cryptography;
using System.Text;
using VmObs.Storage.Disk;

namespace VmObs.Receipts;

/// <summary>32 secret bytes in a file that its owner alone may read.</summary>
internal static class SecretKeyFile
{
    /// <summary>Length of a secret.</summary>
    public const int Bytes = 32;

    /// <summary>Writes a file with a new secret, durably; the caller zeroes what it is given.</summary>
    public static byte[] Create(DiskFolder disk, string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        disk.CreateFolder(folder);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var secret = RandomNumberGenerator.GetBytes(Bytes);
        // A crash leaves no half of a key: the name comes last.
        var temporaryPath = path + ".tmp";
        disk.Delete(temporaryPath);
        using (var file = disk.Open(temporaryPath, create: true))
        {
            // Nobody else can have opened it: the folder is the owner's alone.
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(temporaryPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            file.Write(Encoding.ASCII.GetBytes(Convert.ToBase64String(secret) + "\n"), 0);
            file.Sync();
        }
        disk.Rename(temporaryPath, path);
        disk.SyncFolder(folder);
        return secret;
    }

    /// <summary>Reads a file; the caller zeroes what it is given.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What it should be: "a signing key".</param>
    /// <exception cref="IOException">It is none, or cannot be read.</exception>
    public static byte[] Read(string path, string what) =>
        // The content goes into no message.
        Parse(File.ReadAllText(path)) ?? throw new IOException($"{path}: not {what}; expected {Bytes} bytes in base64. Restore it from where you keep it");

    /// <summary>Reads what such a file holds; the caller zeroes what it is given.</summary>
    /// <returns>Null where the text is no secret.</returns>
    public static byte[]? Parse(string text)
    {
        var secret = new byte[2 * Bytes];
        return Convert.TryFromBase64String(text.Trim(), secret, out var length) && length == Bytes ? secret[..length] : null;
    }
}
