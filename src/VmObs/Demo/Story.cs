namespace VmObs.Demo;

/// <summary>What the demo tells: the guardian's anchors back up, brick-02 works them off at full load, settlements wait for it and some fail; then it is over.</summary>
/// <remarks>
/// SPEC 4 has it at 2025-12-06, 14:20 to 15:10, and that is when it happens here. On all other days a shorter one happens once in each hour.
/// Curves are in the SPEC's minutes, 0 to 50; the shorter one runs through them faster.
/// </remarks>
/// <param name="Begin">Its minute 0.</param>
/// <param name="Pace">How many of its minutes pass in a minute.</param>
/// <param name="Strength">How much of it reaches the settlements, 0 to 1.</param>
internal sealed record Story(DateTimeOffset Begin, double Pace, double Strength)
{
    /// <summary>Its last minute, in which all is well again.</summary>
    public const double LastMinute = 50;

    private const int BeginMinuteOfHour = 20;
    private const double HourlyPace = 10.0 / 3;
    private const double HourlyStrength = 0.5;

    private static readonly Curve s_anchorSlowness = new((0, 1), (5, 1.7), (10, 3.4), (20, 9), (28, 7), (31, 1.2), (50, 1));
    private static readonly Curve s_anchorFailures = new((8, 0), (12, 0.25), (22, 0.5), (29, 0.2), (30, 0));

    /// <summary>The SPEC's own.</summary>
    public static Story OfTheSpec { get; } = new(new DateTimeOffset(2025, 12, 6, 14, BeginMinuteOfHour, 0, TimeSpan.Zero), 1, 1);

    /// <summary>Processor's load of brick-02, percent: crosses 80 in minute 12.</summary>
    public static Curve Cpu { get; } = new((0, 38), (4, 53), (11.75, 79), (12, 80.6), (15, 87.3), (30, 86.1), (45, 82.4), (49.75, 80.4), (50, 42.1));

    /// <summary>Receipts that wait to be anchored.</summary>
    public static Curve QueueDepth { get; } = new((0, 12), (5, 64), (10, 118), (20, 187), (27, 140), (30, 9));

    /// <summary>Receipts that the treasury emits in a minute: next to none while it waits for the guardian.</summary>
    public static Curve ReceiptsPerMinute { get; } = new((0, 30), (24.9, 24), (25, 2), (29, 3), (33, 22), (50, 30));

    public DateTimeOffset End => TimeOf(LastMinute);

    /// <summary>Those of which something lies in [from, to).</summary>
    public static IEnumerable<Story> Between(DateTimeOffset from, DateTimeOffset to)
    {
        for (var hour = HourOf(from).AddHours(-1); hour < to; hour = hour.AddHours(1))
            if (BeginningIn(hour) is { } story && story.Begin < to && story.End >= from)
                yield return story;
    }

    /// <summary>The latest that was over at a time.</summary>
    public static Story LatestBefore(DateTimeOffset time)
    {
        for (var hour = HourOf(time); ; hour = hour.AddHours(-1))
            if (BeginningIn(hour) is { } story && story.End <= time)
                return story;
    }

    /// <summary>Which minute of the story a time is; null while all is well.</summary>
    public static double? MinuteAt(DateTimeOffset time) => At(time) is { } story ? story.MinuteOf(time) : null;

    /// <summary>How many times as long as usual an anchor takes at a time.</summary>
    public static double AnchorSlownessAt(DateTimeOffset time) => At(time) is { } story ? 1 + (story.Strength * (s_anchorSlowness.At(story.MinuteOf(time)) - 1)) : 1;

    /// <summary>Share of anchors that fail at a time.</summary>
    public static double AnchorFailuresAt(DateTimeOffset time) => At(time) is { } story ? story.Strength * s_anchorFailures.At(story.MinuteOf(time)) : 0;

    /// <summary>When a minute of it is.</summary>
    public DateTimeOffset TimeOf(double minute) => Begin + TimeSpan.FromMinutes(minute / Pace);

    /// <summary>The SPEC's day has its own alone.</summary>
    private static Story? BeginningIn(DateTimeOffset hour) =>
        hour.Date == OfTheSpec.Begin.Date
            ? hour == HourOf(OfTheSpec.Begin) ? OfTheSpec : null
            : new Story(hour.AddMinutes(BeginMinuteOfHour), HourlyPace, HourlyStrength);

    private static Story? At(DateTimeOffset time)
    {
        var hour = HourOf(time);
        return (BeginningIn(hour) ?? BeginningIn(hour.AddHours(-1))) is { } story && time >= story.Begin && time <= story.End ? story : null;
    }

    private double MinuteOf(DateTimeOffset time) => (time - Begin).TotalMinutes * Pace;

    private static DateTimeOffset HourOf(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerHour), TimeSpan.Zero);
}
