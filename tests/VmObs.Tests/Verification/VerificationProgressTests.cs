using VmObs.Tests.Support;
using VmObs.Verification;

namespace VmObs.Tests.Verification;

public sealed class VerificationProgressTests
{
    [Fact]
    public void What_is_done_how_fast_and_what_is_left_is_said()
    {
        var time = new SteppedClock(EngineFolder.Start);
        var progress = new VerificationProgress(time);
        progress.Add(17);
        Assert.Equal("receipts: 17", progress.ToString());
        progress.Begin("sealed files", 10_000_000_000);
        Assert.Equal("sealed files: 0.00 of 10.00 GB (0 %), 0.00 GB/s", progress.ToString());
        progress.Add(2_500_000_000);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("sealed files: 2.50 of 10.00 GB (25 %), 1.25 GB/s, 6 s left", progress.ToString());
    }
}
