using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Grams;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Verify;

/// <summary>Says which gram files beside sealed log files are not what the engine wrote. They change no answer.</summary>
public static class GramFileCheck
{
    /// <summary>Reads all of a log file's gram file.</summary>
    /// <param name="dataFolder">Absolute path.</param>
    /// <param name="storagePath">The log file, relative to the data folder.</param>
    /// <param name="secret">What gram files are tagged with.</param>
    /// <returns>What is wrong first, with its place; null where nothing is, or there is no gram file.</returns>
    public static string? Run(string dataFolder, string storagePath, ReadOnlySpan<byte> secret)
    {
        var path = Path.Combine(dataFolder, storagePath);
        if (HourFile.TryParse(storagePath) is not { Signal: Signals.Signal.Logs } || !File.Exists(path + GramFile.Suffix))
            return null;
        try
        {
            using var log = DiskFolder.Posix.OpenRead(path);
            using var file = DiskFolder.Posix.OpenRead(path + GramFile.Suffix);
            var index = GramIndex.Empty.Extend(file, LogFileReader.ReadTable(log), new GramKey(secret).Of(path));
            foreach (var page in index.ChangedPages(file))
                return $"{storagePath}{GramFile.Suffix}: at byte {page}: found a page that is not as it was written";
            return index.End < file.Length ? $"{storagePath}{GramFile.Suffix}: at byte {index.End}: found what is no group of this file's blocks" : null;
        }
        catch (IOException)
        {
            // The log file is a finding of its own, or an engine has dropped both since the look.
            return null;
        }
    }
}
