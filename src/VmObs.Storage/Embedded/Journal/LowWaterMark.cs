using System.Globalization;
using System.Text;
using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Journal;

/// <summary>The first position that a restart must replay. Derived: an older value, or none, only costs time.</summary>
internal static class LowWaterMark
{
    private const string FileName = "low-water";

    /// <summary>The mark; 1 where there is none.</summary>
    public static long Read(string journalFolder)
    {
        var path = Path.Combine(journalFolder, FileName);
        return File.Exists(path) && long.TryParse(File.ReadAllText(path), NumberStyles.None, CultureInfo.InvariantCulture, out var position) ? Math.Max(1, position) : 1;
    }

    /// <summary>Moves the mark.</summary>
    public static void Write(DiskFolder disk, string journalFolder, long position) =>
        disk.Replace(Path.Combine(journalFolder, FileName), Encoding.ASCII.GetBytes(position.ToString(CultureInfo.InvariantCulture)));
}
