using System.Globalization;

namespace VmObs.Demo;

/// <summary>What the services log without being asked, and what they say of the story.</summary>
internal static class ServiceLogs
{
    private static readonly Schedule s_anchorCycles = new("anchor cycle", TimeSpan.FromMinutes(5));
    private static readonly Schedule s_routes = new("route table", TimeSpan.FromMinutes(1));
    private static readonly Schedule s_blocks = new("block sync", TimeSpan.FromSeconds(40));

    /// <summary>The lines of the guardian in the story, by its minutes.</summary>
    private static readonly (double Minute, string Level, string Message)[] s_story =
    [
        (5, "warn", "anchor queue depth increasing"),
        (20, "warn", "processing backlog"),
        (30, "info", "backlog cleared"),
    ];

    /// <summary>The lines of [from, to).</summary>
    public static IEnumerable<MeshLogLine> Between(DateTimeOffset from, DateTimeOffset to) =>
        s_anchorCycles.Between(from, to).Select(AnchorCycle)
            .Concat(s_routes.Between(from, to).Select(RouteTable))
            .Concat(s_blocks.Between(from, to).Select(BlockSync))
            .Concat(OfStory(from, to));

    private static IEnumerable<MeshLogLine> OfStory(DateTimeOffset from, DateTimeOffset to)
    {
        foreach (var story in Story.Between(from, to))
            foreach (var (minute, level, message) in s_story)
                if (story.TimeOf(minute) is var time && time >= from && time < to)
                    yield return new MeshLogLine(time, level, "guardian", "brick-02", message) { Attributes = [("queue_depth", (int)Story.QueueDepth.At(minute))] };
    }

    private static MeshLogLine AnchorCycle(DateTimeOffset time)
    {
        var id = "anchor-cycle-" + time.UtcDateTime.ToString("yyyy-MM-dd-HHmm", CultureInfo.InvariantCulture);
        if (Story.AnchorFailuresAt(time) > 0.1)
            return new MeshLogLine(time, "error", "guardian", "brick-01", "anchor failed: cycle ran out of time, receipts stay queued") { Attributes = [("cycle_id", id), ("backend", "bitcoin")] };
        return new MeshLogLine(time, "info", "guardian", "brick-01", "Anchor cycle completed successfully")
        {
            Attributes =
            [
                ("cycle_id", id), ("receipts_anchored", (int)Chance.Between(30, 180, "anchored", time)),
                ("duration_ms", (int)Chance.Between(800, 2400, "cycle takes", time)), ("backend", "bitcoin"),
            ],
        };
    }

    private static MeshLogLine RouteTable(DateTimeOffset time) =>
        new(time, "info", "mesh", "brick-04", "route table refreshed") { Attributes = [("routes", (int)Chance.Between(18, 26, "routes", time)), ("nodes", 5)] };

    private static MeshLogLine BlockSync(DateTimeOffset time) =>
        new(time, "debug", "ledger", "brick-01", "scroll synced") { Attributes = [("scroll", Chance.OneOf(["treasury", "mesh", "identity"], "scroll", time)), ("entries", (int)Chance.Between(1, 40, "entries", time))] };
}
