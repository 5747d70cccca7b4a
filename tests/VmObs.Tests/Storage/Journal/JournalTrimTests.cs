using VmObs.Signals.Wire;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Journal;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage.Journal;

public sealed class JournalTrimTests
{
    private const long Hour = 3600L * 1_000_000_000;
    private const int SegmentBytes = 10_000;

    // Six segments of ten records, begun at the hours 0 to 5; a restart needs those from position 45 on.
    [Theory]
    [InlineData(24, 100, 6, "0,1,2,3,4,5")]
    [InlineData(24, 2, 6, "2,3,4,5")]
    [InlineData(24, 0, 6, "4,5")]
    [InlineData(3, 100, 6, "3,4,5")]
    [InlineData(3, 2, 6, "3,4,5")]
    [InlineData(4, 1, 6, "3,4,5")]
    [InlineData(1, 100, 100, "4,5")]
    public void Segments_that_no_restart_needs_stay_for_a_time_and_up_to_a_size(int keepHours, int maxKept, int nowHour, string left)
    {
        using var folder = new TemporaryFolder();
        for (var i = 0; i < 6; i++)
        {
            var head = new JournalSegment((i * 10) + 1, default, i * Hour, new IngestRules()).ToBytes();
            File.WriteAllBytes(Path.Combine(folder.Path, JournalSegment.FileName((i * 10) + 1)), [.. head, .. new byte[SegmentBytes - head.Length]]);
        }
        new JournalTrim(keepHours * Hour, maxKept * SegmentBytes).Run(DiskFolder.Posix, folder.Path, 45, nowHour * Hour);
        Assert.Equal(left, string.Join(',', JournalSegment.List(folder.Path).Select(segment => segment.FirstPosition / 10)));
    }
}
