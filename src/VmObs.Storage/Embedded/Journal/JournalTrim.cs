using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Journal;

/// <summary>Cuts the journal behind what a restart needs, keeping segments for a while so that a sealed hour can be replayed against them.</summary>
/// <param name="KeepNanos">How long a segment stays after it ended, ns.</param>
/// <param name="MaxKeptBytes">Bytes of segments that may stay although no restart needs them; the oldest go first.</param>
internal sealed record JournalTrim(long KeepNanos, long MaxKeptBytes)
{
    /// <summary>Deletes segments whose records all lie before the mark and that ended long enough ago, or are too much.</summary>
    public void Run(DiskFolder disk, string folder, long lowWater, long nowUnixNanos)
    {
        var segments = JournalSegment.List(folder);
        var unneeded = 0;
        while (unneeded + 1 < segments.Count && segments[unneeded + 1].FirstPosition <= lowWater)
            unneeded++;
        var lengths = segments.Take(unneeded).Select(segment => new FileInfo(segment.Path).Length).ToArray();
        var kept = lengths.Sum();
        for (var i = 0; i < unneeded; i++)
        {
            if (kept <= MaxKeptBytes && !EndedLongAgo(disk, segments[i + 1].Path, nowUnixNanos))
                return;
            disk.Delete(segments[i].Path);
            kept -= lengths[i];
        }
    }

    // A segment ended when the next one began.
    private bool EndedLongAgo(DiskFolder disk, string nextPath, long nowUnixNanos)
    {
        using var next = disk.OpenRead(nextPath);
        var head = new byte[(int)Math.Min(next.Length, 64 * 1024)];
        next.Read(head, 0);
        return JournalSegment.TryRead(head) is { } segment && nowUnixNanos - segment.Segment.CreatedUnixNanos >= KeepNanos;
    }
}
