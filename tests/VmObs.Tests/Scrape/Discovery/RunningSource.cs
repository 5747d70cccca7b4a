using System.Threading.Channels;
using Microsoft.Extensions.Time.Testing;
using VmObs.Scrape.Discovery;
using VmObs.Tests.Support;

namespace VmObs.Tests.Scrape.Discovery;

/// <summary>A source that runs by a clock that the test turns.</summary>
internal sealed class RunningSource : IAsyncDisposable
{
    private readonly Channel<IReadOnlyList<TargetGroup>> _changes = Channel.CreateUnbounded<IReadOnlyList<TargetGroup>>();
    private readonly CancellationTokenSource _ends = new();
    private readonly Task _running;

    /// <summary>Starts a source.</summary>
    public RunningSource(Func<LogLines, TimeProvider, ITargetSource> create)
    {
        var source = create(Log, Time);
        _running = Task.Run(() => source.RunAsync(groups => _changes.Writer.TryWrite(groups), _ends.Token));
    }

    public FakeTimeProvider Time { get; } = new();

    public LogLines Log { get; } = new();

    /// <summary>What it calls back with next: a line a target, its labels by name.</summary>
    public async Task<IReadOnlyList<string>> NextAsync()
    {
        var groups = await _changes.Reader.ReadAsync(TestContext.Current.CancellationToken);
        return [.. groups.SelectMany(static group => group.Targets.Select(target => $"{group.Source} {Text(target)}"))];
    }

    public async ValueTask DisposeAsync()
    {
        await _ends.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Assert.True(_running.IsCanceled, $"the source ended by itself: {_running.Exception}");
        _ends.Dispose();
    }

    private static string Text(IReadOnlyDictionary<string, string> target) =>
        string.Join(',', target.OrderBy(static label => label.Key, StringComparer.Ordinal).Select(static label => $"{label.Key}={label.Value}"));
}
