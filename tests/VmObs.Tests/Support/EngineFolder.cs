using Microsoft.Extensions.Logging.Abstractions;
using VmObs.Signals.Decoding;
using VmObs.Ledger.Checkpoints;
using VmObs.Receipts;
using VmObs.Receipts.Gaps;
using VmObs.Signals;
using VmObs.Signals.Labels;
using VmObs.Signals.Logs;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Signals.Wire;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded;
using VmObs.Storage.Embedded.Sampling;
using VmObs.Storage.Embedded.Store;
using VmObs.Tests.Support.Otlp;

namespace VmObs.Tests.Support;

/// <summary>A store and its ledger on a temporary folder, with a clock that the test turns; can be closed, or dropped as by kill -9, and opened again.</summary>
internal sealed class EngineFolder : IAsyncDisposable
{
    /// <summary>2025-12-06T14:30:00Z: in the hour that follows <see cref="Hour"/>.</summary>
    public static readonly DateTimeOffset Start = new(2025, 12, 6, 14, 30, 0, TimeSpan.Zero);

    /// <summary>13:00–14:00, whose files are named hour-14.</summary>
    public static readonly HourId Hour = HourId.Of((Start.AddHours(-1) - DateTimeOffset.UnixEpoch).Ticks * 100);

    private readonly RequestDecoder _decoder = new(new IngestRules());

    /// <summary>On a new folder, or one that is there; it is deleted in the end.</summary>
    public EngineFolder(string? folder = null) => Folder = folder ?? Directory.CreateTempSubdirectory("vm-obs-test-").FullName;

    public string Folder { get; }

    public SteppedClock Time { get; } = new(Start);

    public DiskFolder Disk { get; set; } = DiskFolder.Posix;

    /// <summary>Whether a start signs HEAD, as an engine's does.</summary>
    public bool SignsHead { get; init; }

    /// <summary>The sign of life; for who has <see cref="SignsHead"/>.</summary>
    public Heartbeat Heartbeat { get; private set; } = null!;

    public StoreOptions? Options { get; init; }

    /// <summary>The sampling rules of the next start; null: all traces are kept.</summary>
    public IReadOnlyList<SamplingRule>? Sampling { get; set; }

    /// <summary>Where the store reports how it samples; null: the ledger and the account of gaps.</summary>
    public ISamplingRecord? Record { get; set; }

    /// <summary>What was receipted and counted of sampling since the last start.</summary>
    public SamplingRecord SamplingRecord { get; private set; } = null!;

    /// <summary>Completes with the first hour that is sealed.</summary>
    public TaskCompletionSource<SealedHour> FirstSealed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ObservabilityLedger Ledger { get; private set; } = null!;

    /// <summary>What verifies the ledger, also once it is closed.</summary>
    public NoteKey Key { get; private set; } = null!;

    /// <summary>Takes the key of a ledger that was written to the folder by other means.</summary>
    public void UseKey(NoteKey key) => Key = key;

    public EmbeddedStore Store { get; private set; } = null!;

    public GapAccount Gaps { get; private set; } = null!;

    private long Now => (Time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100;

    public static async Task<EngineFolder> OpenAsync(StoreOptions? options = null)
    {
        var engine = new EngineFolder { Options = options };
        await engine.ReopenAsync();
        return engine;
    }

    /// <summary>Opens what is on disk; what was open before is closed first.</summary>
    public async Task ReopenAsync()
    {
        await CloseAsync();
        Ledger = ObservabilityLedger.Open(new LedgerOptions(Folder), Disk, Time);
        Key = Ledger.PublicKey;
        Gaps = GapAccount.Open(Folder, Disk, Ledger, Time);
        SamplingRecord = new SamplingRecord(Ledger, Gaps, Time);
        var sampling = Sampling is { } rules ? new TraceSampling(SamplingKey.Under(Disk, Folder, rules), Record ?? SamplingRecord) : null;
        Store = await EmbeddedStore.OpenAsync(
            (Options ?? new StoreOptions("")) with { DataFolder = Folder, Sampling = sampling, DerivedFileKey = DerivedFileKey.For("grams", DerivedFileKey.Open(Disk, Folder, null)) }, Disk, new Observed(new ReceiptLimit(Ledger, Gaps), FirstSealed), Time, NullLogger.Instance, TestContext.Current.CancellationToken);
        if (!SignsHead)
            return;
        Heartbeat = Heartbeat.Open(Folder, Disk, Ledger, Gaps, Time, NullLogger.Instance);
        Heartbeat.Prepare(Store.Journal);
        await Heartbeat.BeginAsync(Store.Journal, TestContext.Current.CancellationToken);
    }

    public async Task<AppendOutcome> LogsAsync(params OtlpGroup<OtlpLog>[] groups)
    {
        using var batch = new LogBatch();
        var request = Request(Signal.Logs, OtlpWriter.Protobuf(w => w.Logs(groups)));
        Assert.Null(_decoder.TryDecode(request, batch));
        return await Store.LogSink.AppendAsync(request, batch, TestContext.Current.CancellationToken);
    }

    public async Task<AppendOutcome> MetricsAsync(params OtlpGroup<OtlpMetric>[] groups)
    {
        using var batch = new MetricBatch();
        var request = Request(Signal.Metrics, OtlpWriter.Protobuf(w => w.Metrics(groups)));
        Assert.Null(_decoder.TryDecode(request, batch));
        return await Store.MetricSink.AppendAsync(request, batch, TestContext.Current.CancellationToken);
    }

    public async Task<AppendOutcome> TracesAsync(params OtlpGroup<OtlpSpan>[] groups)
    {
        using var batch = new TraceBatch();
        var request = Request(Signal.Traces, OtlpWriter.Protobuf(w => w.Traces(groups)));
        Assert.Null(_decoder.TryDecode(request, batch));
        return await Store.TraceSink.AppendAsync(request, batch, TestContext.Current.CancellationToken);
    }

    public async Task<List<LogRecord>> FindAsync(LogQuery? query = null)
    {
        var found = new List<LogRecord>();
        await foreach (var record in Store.Logs.FindAsync(query ?? new LogQuery(0, long.MaxValue) { Limit = 1_000_000 }, QueryBudget.Unlimited(), TestContext.Current.CancellationToken))
            found.Add(record);
        return found;
    }

    public async Task<List<SeriesSamples>> SelectAsync(params (string Name, string Value)[] labels)
    {
        var found = new List<SeriesSamples>();
        var query = new MetricQuery(0, long.MaxValue, [.. labels.Select(l => LabelMatcher.Equal(l.Name, l.Value))]) { WithDetails = true };
        await foreach (var series in Store.Metrics.SelectAsync(query, TestContext.Current.CancellationToken))
            found.Add(series);
        return found;
    }

    public Task<IReadOnlyList<SealedHour>> SealAsync() => Store.SealEndedHoursAsync(TestContext.Current.CancellationToken);

    public string PathOf(string storagePath) => Path.Combine(Folder, storagePath);

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Directory.Delete(Folder, recursive: true);
    }

    public async Task CloseAsync()
    {
        if (Store is not null)
            await Store.DisposeAsync();
        if (Ledger is not null)
            await Ledger.DisposeAsync();
        Gaps?.Dispose();
        Heartbeat?.Dispose();
        // A start that fails leaves nothing of what was before.
        (Store, Ledger, Gaps, Heartbeat) = (null!, null!, null!, null!);
    }

    private ReceivedRequest Request(Signal signal, byte[] body) => new(signal, WireFormat.OtlpProtobuf, ContentCoding.Identity, Now, body);

    private sealed class Observed(IReceiptSink ledger, TaskCompletionSource<SealedHour> firstSealed) : IReceiptSink
    {
        public IReadOnlyList<SealedHourReceipt> SealedHours => ledger.SealedHours;

        public IReadOnlyList<ExpiredHourReceipt> ExpiredHours => ledger.ExpiredHours;

        public ValueTask HourExpiredAsync(ExpiredHour hour, CancellationToken cancellationToken) => ledger.HourExpiredAsync(hour, cancellationToken);

        public async ValueTask HourSealedAsync(SealedHour hour, CancellationToken cancellationToken)
        {
            await ledger.HourSealedAsync(hour, cancellationToken);
            firstSealed.TrySetResult(hour);
        }

        public ValueTask TracesCompletedAsync(IReadOnlyList<CompletedTrace> traces, CancellationToken cancellationToken) =>
            ledger.TracesCompletedAsync(traces, cancellationToken);

        public ValueTask ClockSteppedAsync(ClockStep step, CancellationToken cancellationToken) => ledger.ClockSteppedAsync(step, cancellationToken);
    }
}
