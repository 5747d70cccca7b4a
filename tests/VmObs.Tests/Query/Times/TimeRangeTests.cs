using VmObs.Query.Times;
using VmObs.Signals;
using VmObs.Signals.Texts;

namespace VmObs.Tests.Query.Times;

public sealed class TimeRangeTests
{
    private const long Hour = HourId.LengthNanos;
    private static readonly long Now = At("2025-12-06T14:30:00Z");

    [Theory]
    [InlineData("2025-12-06T14:00:00Z", "2025-12-06T14:00:00Z")]
    [InlineData("2025-12-06T15:00:00+01:00", "2025-12-06T14:00:00Z")]
    [InlineData("2025-12-01", "2025-12-01T00:00:00Z")]
    [InlineData("1969-12-31", "1969-12-31T00:00:00Z")]
    [InlineData("now", "2025-12-06T14:30:00Z")]
    [InlineData("-15m", "2025-12-06T14:15:00Z")]
    [InlineData("now-1h30m", "2025-12-06T13:00:00Z")]
    [InlineData("-1w", "2025-11-29T14:30:00Z")]
    public void A_time_is_read(string text, string want)
    {
        Assert.Null(TimeExpression.Parse("from", text, Now, out var got));
        Assert.Equal(want, Rfc3339.FormatShort(got));
    }

    [Theory]
    [InlineData("2025-12-06T14:00:00", "did you mean 2025-12-06T14:00:00Z?")]
    [InlineData("2025-12-06 14:00", "did you mean 2025-12-06T14:00:00Z?")]
    [InlineData("15m", "did you mean -15m?")]
    [InlineData("15min", "did you mean -15m?")]
    [InlineData("1765029600", "did you mean 2025-12-06T14:00:00Z?")]
    [InlineData("2025-13-01", "want a time such as")]
    [InlineData("yesterday", "want a time such as")]
    [InlineData("", "want a time such as")]
    [InlineData("9999-01-01", "want a time such as")]
    public void A_time_that_cannot_be_read_is_reported_with_what_could_stand_there(string text, string want)
    {
        var error = TimeExpression.Parse("from", text, Now, out _);
        Assert.NotNull(error);
        Assert.Contains(want, error.ToString(), StringComparison.Ordinal);
        Assert.StartsWith($"from: got \"{text}\"", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("90s", 90)]
    [InlineData("1h30m", 5400)]
    [InlineData("2d", 172_800)]
    [InlineData("1w2d", 777_600)]
    public void A_duration_is_read(string text, long seconds)
    {
        Assert.True(DurationText.TryParse(text, out var nanos));
        Assert.Equal(seconds * 1_000_000_000, nanos);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("h")]
    [InlineData("1m1h")]
    [InlineData("1h1h")]
    [InlineData("1.5h")]
    [InlineData("-1h")]
    [InlineData("1y")]
    [InlineData("9999999999w")]
    [InlineData("99999999999999999999s")]
    public void A_text_that_is_no_duration_is_not_read(string text) => Assert.False(DurationText.TryParse(text, out _));

    [Fact]
    public void Last_ends_at_to_and_without_to_takes_in_records_a_little_ahead()
    {
        Assert.Null(TimeRange.Parse(null, "2025-12-06", "1h", Now, null, out var range));
        Assert.Equal(new TimeRange(At("2025-12-05T23:00:00Z"), At("2025-12-06T00:00:00Z")), range);
        Assert.Null(TimeRange.Parse(null, null, "1h", Now, null, out range));
        Assert.Equal(new TimeRange(Now - Hour, Now + Hour), range);
    }

    [Fact]
    public void Without_from_and_last_the_default_says_how_far_back()
    {
        Assert.Null(TimeRange.Parse(null, null, null, Now, 2 * Hour, out var range));
        Assert.Equal(Now - (2 * Hour), range.FromUnixNanos);
        Assert.Null(TimeRange.Parse(null, null, null, Now, null, out range));
        Assert.Equal(0, range.FromUnixNanos);
    }

    [Theory]
    [InlineData("-1h", null, "1h", "last: got \"1h\", want either `last` or `from`, not both")]
    [InlineData(null, null, "1 hour", "did you mean 1h?")]
    [InlineData(null, null, "60", "did you mean 60m?")]
    [InlineData(null, null, "0s", "last: got \"0s\", want a duration")]
    [InlineData("2025-12-06", "2025-12-06", null, "to: got \"2025-12-06\", want a time after `from` (2025-12-06T00:00:00Z)")]
    [InlineData("x", null, null, "from: got \"x\"")]
    [InlineData(null, "x", null, "to: got \"x\"")]
    public void A_range_that_says_nothing_sensible_is_reported(string? from, string? to, string? last, string want) =>
        Assert.Contains(want, TimeRange.Parse(from, to, last, Now, null, out _)?.ToString(), StringComparison.Ordinal);

    private static long At(string text) => Rfc3339.TryParse(text, out var nanos) ? nanos : throw new ArgumentException(text);
}
