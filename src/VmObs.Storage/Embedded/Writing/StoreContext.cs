using Microsoft.Extensions.Logging;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded.Grams;
using VmObs.Storage.Embedded.Head;

namespace VmObs.Storage.Embedded.Writing;

/// <summary>What the three signals' stores share.</summary>
internal sealed record StoreContext(
    StoreOptions Options, DiskFolder Disk, IReceiptSink Receipts, HeadBudget Budget, TimeProvider Time, ILogger Logger)
{
    /// <summary>What gram files are tagged with.</summary>
    public GramKey Grams { get; } = new(Options.DerivedFileKey.Span);

    public string DataFolder => Options.DataFolder;

    public long NowUnixNanos => Time.GetUtcNow().ToUnixNanos();
}
