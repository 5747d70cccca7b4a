using VmObs.Scrape.Discovery;
using VmObs.Tests.Support;

namespace VmObs.Tests.Scrape.Discovery;

public sealed class FileTargetSourceTests : IDisposable
{
    private static readonly TimeSpan s_poll = TimeSpan.FromSeconds(5);

    private readonly TemporaryFolder _folder = new();
    private int _version;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Files_are_read_by_their_endings_and_name_themselves()
    {
        var json = Write("web.json", """[{"targets": ["a:1", "b:2"], "labels": {"rack": "r1"}}, {"targets": ["c:3"]}]""");
        var yaml = Write("db.yml", "- targets: [d:4]\n  labels: {shard: 7, empty: ''}\n- labels:\n  targets:\n");
        Write("other.txt", "nothing");
        await using var source = Start("*.json", "db.yml", "absent.yaml");
        Assert.Equal(
            [
                $"{yaml}:0 __address__=d:4,__meta_filepath={yaml},empty=,shard=7",
                $"{json}:0 __address__=a:1,__meta_filepath={json},rack=r1",
                $"{json}:0 __address__=b:2,__meta_filepath={json},rack=r1",
                $"{json}:1 __address__=c:3,__meta_filepath={json}",
            ],
            await source.NextAsync());
        Assert.Equal($"file_sd: {Path.Combine(_folder.Path, "absent.yaml")}: got no such file, want a list of targets", await source.Log.NextAsync());
    }

    [Fact]
    public async Task Change_is_seen_within_five_seconds_and_only_a_change()
    {
        var path = Write("web.json", """[{"targets": ["a:1"]}]""");
        await using var source = Start("*.json");
        await source.NextAsync();
        source.Time.Advance(s_poll);
        Write("web.json", """[{"targets": ["b:1"]}]""");
        source.Time.Advance(s_poll);
        Assert.Equal([$"{path}:0 __address__=b:1,__meta_filepath={path}"], await source.NextAsync());
        var another = Write("more.json", """[{"targets": ["c:1"]}]""");
        source.Time.Advance(s_poll);
        Assert.Equal([$"{another}:0 __address__=c:1,__meta_filepath={another}", $"{path}:0 __address__=b:1,__meta_filepath={path}"], await source.NextAsync());
        File.Delete(path);
        source.Time.Advance(s_poll);
        Assert.Equal([$"{another}:0 __address__=c:1,__meta_filepath={another}"], await source.NextAsync());
    }

    [Theory]
    [InlineData("""[{"targets": ["a:1"]""", "got no JSON")]
    [InlineData("""{"targets": ["a:1"]}""", "got an object, want a list")]
    [InlineData("""[{"targets": [1]}]""", "[0].targets[0]: got 1, want a text")]
    [InlineData("""[{"targets": []}, {"labels": {"a": null}}]""", "[1].labels.a: got nothing, want a text")]
    [InlineData("""[{"target": ["a:1"]}]""", "[0].target: got an unknown key, want targets or labels")]
    [InlineData("""[{"targets": [], "targets": []}]""", "got no JSON")]
    public async Task File_that_turns_bad_keeps_its_targets_and_is_told_of_once(string bad, string expected)
    {
        var path = Write("web.json", """[{"targets": ["a:1"]}]""");
        await using var source = Start("*.json");
        var before = await source.NextAsync();
        Write("web.json", bad);
        source.Time.Advance(s_poll);
        var line = await source.Log.NextAsync();
        Assert.StartsWith($"file_sd: the targets that the file had stay: {path}: ", line, StringComparison.Ordinal);
        Assert.Contains(expected, line, StringComparison.Ordinal);
        // The next change that is called back with shows that the bad file's targets are still there.
        var another = Write("more.json", """[{"targets": ["c:1"]}]""");
        source.Time.Advance(s_poll);
        Assert.Equal([$"{another}:0 __address__=c:1,__meta_filepath={another}", .. before], await source.NextAsync());
        Write("web.json", """[{"targets": ["z:1"]}]""");
        source.Time.Advance(s_poll);
        Assert.Contains(await source.NextAsync(), static target => target.Contains("__address__=z:1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Bad_yaml_is_told_with_its_line()
    {
        var path = Write("web.yaml", "- targets: [a:1]\n- targets: [\n");
        await using var source = Start("web.yaml");
        Assert.Empty(await source.NextAsync());
        Assert.StartsWith($"file_sd: the targets that the file had stay: {path}: line ", await source.Log.NextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refresh_reads_a_file_again_that_looks_the_same()
    {
        var path = Write("web.json", """[{"targets": ["a:1"]}]""");
        await using var source = Start("web.json");
        await source.NextAsync();
        var written = File.GetLastWriteTimeUtc(path);
        await File.WriteAllTextAsync(path, """[{"targets": ["b:1"]}]""", TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(path, written);
        source.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([$"{path}:0 __address__=b:1,__meta_filepath={path}"], await source.NextAsync());
    }

    private RunningSource Start(params string[] files) =>
        new((log, time) => new FileDiscovery("", [.. files.Select(file => Path.Combine(_folder.Path, file))], TimeSpan.FromMinutes(1)).Create(log, time));

    /// <summary>Writes a file with a time that tells it from the one before.</summary>
    private string Write(string name, string content)
    {
        var path = Path.Combine(_folder.Path, name);
        File.WriteAllText(path, content);
        File.SetLastWriteTimeUtc(path, EngineFolder.Start.UtcDateTime.AddSeconds(++_version));
        return path;
    }
}
