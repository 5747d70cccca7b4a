using System.Globalization;
using System.Text;
using VmObs.Ledger.Hashing;
using VmObs.Signals;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Journal;

/// <summary>An open hour's manifest that holds records before the mark.</summary>
/// <param name="Hour">The hour's file.</param>
/// <param name="Length">Bytes of entries that were durable.</param>
internal sealed record ReliedManifest(HourFile Hour, long Length);

/// <summary>A run that holds records before the mark.</summary>
/// <param name="Signal">Whose run.</param>
/// <param name="LastPosition">Its name.</param>
/// <param name="Sections">Its hours, each with its first record of the journal.</param>
internal sealed record ReliedRun(Signal Signal, long LastPosition, IReadOnlyList<(HourId Hour, long FirstPosition)> Sections);

/// <summary>journal/low-water: the first position that a restart must replay, and the files of unsealed hours that make the earlier ones needless.</summary>
/// <remarks>The position is derived: an older one, or none, only costs time. The files are named so that one that went missing, or lost entries,
/// is found out. Format: docs/format/journal.md.</remarks>
internal sealed record LowWaterMark(long Position, IReadOnlyList<ReliedManifest> Manifests, IReadOnlyList<ReliedRun> Runs)
{
    private const string FileName = "low-water";
    private const string HashPrefix = "blake3:";

    /// <summary>Where nothing is known to be needless.</summary>
    public static LowWaterMark Beginning { get; } = new(1, [], []);

    /// <summary>The mark; <see cref="Beginning"/> where there is none that verifies.</summary>
    public static LowWaterMark Read(string journalFolder)
    {
        var path = Path.Combine(journalFolder, FileName);
        return File.Exists(path) && Parse(File.ReadAllBytes(path)) is { } mark ? mark : Beginning;
    }

    /// <summary>Replaces the mark.</summary>
    public void Write(DiskFolder disk, string journalFolder) => disk.Replace(Path.Combine(journalFolder, FileName), ToBytes());

    private byte[] ToBytes()
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{Position}\n");
        foreach (var manifest in Manifests)
            text.Append(CultureInfo.InvariantCulture, $"manifest {manifest.Length} {manifest.Hour.StoragePath}\n");
        foreach (var run in Runs)
            text.Append(CultureInfo.InvariantCulture, $"run {(int)run.Signal} {run.LastPosition} {string.Join(' ', run.Sections.Select(s => $"{s.Hour.Number}:{s.FirstPosition}"))}\n");
        var bytes = Encoding.ASCII.GetBytes(text.ToString());
        return [.. bytes, .. Encoding.ASCII.GetBytes($"{HashPrefix}{Blake3.Hash(bytes).ToHex()}\n")];
    }

    private static LowWaterMark? Parse(byte[] bytes)
    {
        var hashLine = HashPrefix.Length + (2 * Digest.Bytes) + 1;
        if (bytes.Length < hashLine || Encoding.ASCII.GetString(bytes[^hashLine..]) != $"{HashPrefix}{Blake3.Hash(bytes.AsSpan(..^hashLine)).ToHex()}\n")
            return null;
        // What the hash fits is what was written.
        var lines = Encoding.ASCII.GetString(bytes[..^hashLine]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var manifests = new List<ReliedManifest>();
        var runs = new List<ReliedRun>();
        foreach (var line in lines.Skip(1))
        {
            var fields = line.Split(' ');
            if (fields[0] == "manifest")
                manifests.Add(new ReliedManifest(HourFile.TryParse(fields[2])!.Value, Number(fields[1])));
            else
                runs.Add(new ReliedRun((Signal)Number(fields[1]), Number(fields[2]), [.. fields.Skip(3).Select(Section)]));
        }
        return new LowWaterMark(Number(lines[0]), manifests, runs);
    }

    // "490285:17"
    private static (HourId Hour, long FirstPosition) Section(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return (new HourId(Number(text[..colon])), Number(text[(colon + 1)..]));
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
