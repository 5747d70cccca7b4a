using Microsoft.Extensions.Time.Testing;

namespace VmObs.Tests.Support;

/// <summary>A clock that the test turns, and whose wall time can be set without time passing, as by an operator or a bad time server.</summary>
internal sealed class SteppedClock(DateTimeOffset start) : FakeTimeProvider(start)
{
    private TimeSpan _offset;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _offset;

    public override long GetTimestamp() => base.GetUtcNow().Ticks;

    /// <summary>Sets the wall clock by so much ahead, or back.</summary>
    public void Step(TimeSpan by) => _offset += by;
}
