using VmObs.Receipts;

namespace VmObs.Tests.Receipts;

/// <summary>A data folder with the receipt of an hour and then so many of traces that a start takes most of them over.</summary>
public sealed class LongScroll : IAsyncLifetime
{
    public const int Receipts = ScrollTables.GroupReceipts + 700;

    private readonly LedgerFolder _folder = new();

    public async ValueTask InitializeAsync()
    {
        await using var ledger = _folder.Open();
        await ledger.HourSealedAsync(_folder.LogHour(0), TestContext.Current.CancellationToken);
        await ledger.TracesCompletedAsync([.. Enumerable.Range(0, Receipts - 1).Select(i => LedgerFolder.Trace(i))], TestContext.Current.CancellationToken);
        Assert.Equal(Receipts, ledger.Size);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The folder once more, its taker's to dispose.</summary>
    internal LedgerFolder Copy()
    {
        var copy = new LedgerFolder();
        foreach (var file in Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories))
        {
            var to = Path.Combine(copy.Path, Path.GetRelativePath(_folder.Path, file));
            Directory.CreateDirectory(Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }
        return copy;
    }
}
