using VmObs.Storage.Disk;

namespace VmObs.Storage.Embedded.Journal;

/// <summary>Cuts the journal behind what a restart needs, keeping segments for a while so that a sealed hour can be replayed against them.</summary>
internal static class JournalTrim
{
    /// <summary>How long a segment stays after it is no longer needed, ns.</summary>
    public const long KeepNanos = 24L * 3600 * 1_000_000_000;

    /// <summary>Deletes segments whose records all lie before the mark and that ended long enough ago.</summary>
    public static void Run(DiskFolder disk, string folder, long lowWater, long nowUnixNanos)
    {
        var segments = JournalSegment.List(folder);
        for (var i = 0; i + 1 < segments.Count && segments[i + 1].FirstPosition <= lowWater; i++)
        {
            // A segment ended when the next one began.
            using (var next = disk.Open(segments[i + 1].Path, create: false))
            {
                var head = new byte[(int)Math.Min(next.Length, 64 * 1024)];
                next.Read(head, 0);
                if (JournalSegment.TryRead(head) is not { } segment || nowUnixNanos - segment.Segment.CreatedUnixNanos < KeepNanos)
                    return;
            }
            disk.Delete(segments[i].Path);
        }
    }
}
