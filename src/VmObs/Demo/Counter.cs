namespace VmObs.Demo;

/// <summary>A number that only grows, from zero at the program's start as any program's does.</summary>
/// <param name="Name">The metric's name.</param>
/// <param name="PerMinute">How fast it grows as a rule.</param>
internal sealed record Counter(string Name, double PerMinute)
{
    /// <summary>How fast it grows in the story, a minute; null: as ever.</summary>
    public Curve? InStory { get; init; }

    /// <summary>By how much it grew up to a time.</summary>
    public double Growth(string where, DateTimeOffset time, TimeSpan over)
    {
        var rate = InStory is not null && Story.MinuteAt(time) is { } minute ? InStory.At(minute) : PerMinute * Chance.Between(0.8, 1.2, where + Name, time);
        return rate * over.TotalMinutes;
    }
}
