using System.Globalization;
using VmObs.Signals;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Which hour file: names it, and reads its name.</summary>
/// <param name="Signal">What it holds.</param>
/// <param name="Hour">The hour of event time.</param>
/// <param name="LateIndex">0 for the hour itself, 1 and up for its late batches.</param>
internal readonly record struct HourFile(Signal Signal, HourId Hour, int LateIndex) : IComparable<HourFile>
{
    /// <summary>What follows the name while the hour is being written.</summary>
    public const string OpenSuffix = ".open";

    /// <summary>What follows the name of the file that says how far the hour is written.</summary>
    public const string ManifestSuffix = ".manifest";

    /// <summary>Relative to the data folder: "telemetry/logs/2025-12-06/hour-14.late-1.jsonl.gz".</summary>
    public string StoragePath =>
        $"telemetry/{Folder(Signal)}/{Hour.Day}/{Hour.Stem}{(LateIndex == 0 ? "" : $".late-{LateIndex}")}{Extension(Signal)}";

    /// <summary>Reads a path relative to the data folder; null when it is not ours.</summary>
    public static HourFile? TryParse(string storagePath)
    {
        // telemetry / logs / 2025-12-06 / hour-14[.late-1].jsonl.gz
        var parts = storagePath.Split('/');
        if (parts.Length != 4 || parts[0] != "telemetry")
            return null;
        foreach (var signal in Enum.GetValues<Signal>())
        {
            if (parts[1] != Folder(signal) || !parts[3].EndsWith(Extension(signal), StringComparison.Ordinal))
                continue;
            var stem = parts[3][..^Extension(signal).Length].Split(".late-");
            var late = 0;
            if (stem.Length > 2 || (stem.Length == 2 && !int.TryParse(stem[1], NumberStyles.None, CultureInfo.InvariantCulture, out late)))
                return null;
            if (!DateTime.TryParseExact(
                $"{parts[2]} {stem[0]}", "yyyy-MM-dd 'hour-'HH", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var end))
                return null;
            var file = new HourFile(signal, new HourId((long)(end - DateTime.UnixEpoch).TotalHours - 1), late);
            return file.StoragePath == storagePath ? file : null;
        }
        return null;
    }

    /// <summary>Absolute path.</summary>
    public string PathIn(string dataFolder) => Path.Combine(dataFolder, StoragePath);

    /// <summary>By hour, then late batches in order.</summary>
    public int CompareTo(HourFile other) =>
        Hour != other.Hour ? Hour.CompareTo(other.Hour) : LateIndex != other.LateIndex ? LateIndex.CompareTo(other.LateIndex) : Signal.CompareTo(other.Signal);

    private static string Folder(Signal signal) => signal switch
    {
        Signal.Metrics => "metrics",
        Signal.Logs => "logs",
        _ => "traces",
    };

    private static string Extension(Signal signal) => signal == Signal.Logs ? ".jsonl.gz" : ".parquet";
}
