namespace VmObs.Demo;

/// <summary>A value that goes up and down around its usual one.</summary>
/// <param name="Name">The metric's name.</param>
/// <param name="Usual">Its middle.</param>
/// <param name="Spread">How far it goes from there.</param>
internal sealed record Gauge(string Name, double Usual, double Spread)
{
    /// <summary>How it goes in the story; null: as ever.</summary>
    public Curve? InStory { get; init; }

    public double At(string where, DateTimeOffset time)
    {
        if (InStory is not null && Story.MinuteAt(time) is { } minute)
            return Math.Round(InStory.At(minute), 1);
        // A slow wave over the day, and what differs from one scrape to the next.
        var wave = Math.Sin(time.TimeOfDay.TotalDays * 2 * Math.PI);
        var noise = Chance.Between(-1, 1, where + Name, time);
        return Math.Round(Usual + (Spread * ((0.4 * wave) + (0.6 * noise))), 1);
    }
}
