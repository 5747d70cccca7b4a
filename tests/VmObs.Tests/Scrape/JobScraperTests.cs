namespace VmObs.Tests.Scrape;

/// <summary>What becomes of targets and their series when jobs and what is discovered change.</summary>
public sealed class JobScraperTests
{
    private const string Static = "static_configs: [{targets: [ADDRESS]}]";

    [Fact]
    public async Task Target_of_a_changed_job_goes_on_with_its_series()
    {
        await using var world = await ScrapeWorld.StartAsync();
        world.Server.Body = "a 1\nb 2\n";
        await world.SetJobsAsync(Static);
        await world.ScrapeAsync();
        var before = await world.TimesAsync("up");
        await world.SetJobsAsync(Static + "\n    metric_relabel_configs: [{source_labels: [__name__], regex: b, action: drop}]");
        Assert.Equal("up", world.Statuses.Single().Health);
        await world.ScrapeAsync();
        Assert.Equal("1 1", await world.ValuesAsync("a"));
        Assert.Equal("2 stale", await world.ValuesAsync("b"));
        Assert.Equal("1 1", await world.ValuesAsync("up"));
        Assert.Equal("2 0", await world.ValuesAsync("scrape_series_added"));
        var times = await world.TimesAsync("up");
        Assert.Equal([before[0], before[0] + ScrapeWorld.Interval], times);
    }

    [Fact]
    public async Task Series_that_a_changed_job_labels_otherwise_end()
    {
        await using var world = await ScrapeWorld.StartAsync();
        world.Server.Body = "a 1\n";
        await world.SetJobsAsync(Static);
        await world.ScrapeAsync();
        await world.SetJobsAsync(Static, global: "external_labels: {env: prod}");
        Assert.Equal("1", await world.ValuesAsync("a"));
        await world.ScrapeAsync();
        Assert.Equal("1 stale", await world.ValuesAsync("a", ("env", "")));
        Assert.Equal("1 stale", await world.ValuesAsync("up", ("env", "")));
        Assert.Equal("1", await world.ValuesAsync("a", ("env", "prod")));
        Assert.Equal("1", await world.ValuesAsync("up", ("env", "prod")));
    }

    [Fact]
    public async Task Target_that_a_changed_job_no_longer_has_ends_at_once_and_the_other_goes_on()
    {
        await using var world = await ScrapeWorld.StartAsync();
        world.Server.Body = "a 1\n";
        await world.SetJobsAsync("static_configs: [{targets: [ADDRESS], labels: {n: one}}, {targets: [ADDRESS], labels: {n: two}}]");
        await world.ScrapeAsync(targets: 2);
        await world.SetJobsAsync("static_configs: [{targets: [ADDRESS], labels: {n: two}}]");
        Assert.Equal("1 stale", await world.ValuesAsync("a", ("n", "one")));
        Assert.Equal("1 stale", await world.ValuesAsync("up", ("n", "one")));
        Assert.Equal("1", await world.ValuesAsync("a", ("n", "two")));
        await world.ScrapeAsync();
        Assert.Equal("1 1", await world.ValuesAsync("a", ("n", "two")));
        Assert.Equal("1 stale", await world.ValuesAsync("a", ("n", "one")));
    }

    [Fact]
    public async Task Target_with_another_path_and_the_same_labels_goes_on()
    {
        await using var world = await ScrapeWorld.StartAsync();
        world.Server.Body = "a 1\n";
        await world.SetJobsAsync(Static);
        await world.ScrapeAsync();
        await world.SetJobsAsync(Static + "\n    metrics_path: /other");
        await world.ScrapeAsync();
        Assert.Equal("/other", world.Server.Last!.Path);
        Assert.Equal("1 1", await world.ValuesAsync("a"));
    }

    [Fact]
    public async Task Job_that_is_gone_ends_its_series()
    {
        await using var world = await ScrapeWorld.StartAsync();
        world.Server.Body = "a 1\n";
        await world.SetJobsAsync(Static);
        await world.ScrapeAsync();
        await world.SetNoJobsAsync();
        Assert.Equal("1 stale", await world.ValuesAsync("a"));
        Assert.Equal("1 stale", await world.ValuesAsync("up"));
        Assert.Empty(world.Statuses);
    }

    [Fact]
    public async Task Target_that_its_file_no_longer_has_ends_and_the_other_goes_on()
    {
        await using var world = await ScrapeWorld.StartAsync();
        world.Server.Body = "a 1\n";
        var both = await world.WriteTargetsAsync("one", "two");
        await world.SetJobsAsync($"file_sd_configs: [{{files: ['{both}']}}]");
        await world.TargetsAsync(2);
        await world.ScrapeAsync(targets: 2);
        await world.WriteTargetsAsync("two");
        world.Engine.Time.Advance(TimeSpan.FromSeconds(5));
        await world.EndedAsync("a", ("n", "one"));
        await world.EndedAsync("up", ("n", "one"));
        Assert.DoesNotContain("stale", await world.ValuesAsync("a", ("n", "two")), StringComparison.Ordinal);
        Assert.Equal("two", world.Statuses.Single().Target.Labels["n"]);
    }

    [Fact]
    public async Task Source_that_did_not_change_keeps_its_targets_when_its_job_does()
    {
        await using var world = await ScrapeWorld.StartAsync();
        world.Server.Body = "a 1\n";
        var file = await world.WriteTargetsAsync("one");
        await world.SetJobsAsync($"file_sd_configs: [{{files: ['{file}']}}]");
        await world.TargetsAsync(1);
        File.Delete(file);
        await world.SetJobsAsync($"file_sd_configs: [{{files: ['{file}']}}]\n    honor_labels: true");
        Assert.Equal("one", world.Statuses.Single().Target.Labels["n"]);
    }

    [Fact]
    public async Task Series_wait_for_a_new_source_before_they_end()
    {
        await using var world = await ScrapeWorld.StartAsync();
        await using var inventory = await ScrapedServer.StartAsync();
        (inventory.Status, inventory.ContentType, inventory.Body) = (500, "application/json", "[]");
        world.Server.Body = "a 1\n";
        await world.SetJobsAsync(Static);
        await world.ScrapeAsync();
        await world.SetJobsAsync($"http_sd_configs: [{{url: 'http://{inventory.Address}/', refresh_interval: 10s}}]");
        await inventory.AnsweredAsync(1);
        Assert.Empty(world.Statuses);
        Assert.Equal("1", await world.ValuesAsync("a"));
        inventory.Status = 200;
        world.Engine.Time.Advance(TimeSpan.FromSeconds(10));
        await world.StoredAsync(1);
        Assert.Equal("1 stale", await world.ValuesAsync("a"));
    }

    [Fact]
    public async Task Dropped_targets_are_kept_to_be_shown_as_many_as_the_job_says()
    {
        await using var world = await ScrapeWorld.StartAsync();
        await world.SetJobsAsync("static_configs: [{targets: ['a:1', 'b:1', 'c:1'], labels: {rack: r1}}]\n    keep_dropped_targets: 2\n    relabel_configs: [{source_labels: [rack], regex: r1, action: drop}]");
        var job = world.Scraper.Jobs.Single();
        Assert.Equal(3, job.DroppedCount);
        Assert.Equal(["a:1", "b:1"], job.Dropped.Select(static labels => labels["__address__"]));
        Assert.Empty(job.Statuses);
    }
}
