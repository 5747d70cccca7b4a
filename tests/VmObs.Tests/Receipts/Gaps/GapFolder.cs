using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using VmObs.Ledger.Hashing;
using VmObs.Receipts;
using VmObs.Receipts.Gaps;
using VmObs.Signals;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded;

namespace VmObs.Tests.Receipts.Gaps;

/// <summary>A ledger with the account of gaps and the heartbeat of an engine, over a folder; dropped as by kill -9 and opened again.</summary>
internal sealed class GapFolder : IAsyncDisposable
{
    public static readonly GapSource Sender = new("otlp-http", IPAddress.Parse("10.0.0.7"));

    public LedgerFolder Folder { get; } = new();

    public DiskFolder Disk { get; set; } = DiskFolder.Posix;

    public ObservabilityLedger Ledger { get; private set; } = null!;

    public GapAccount Account { get; private set; } = null!;

    public Heartbeat Heartbeat { get; private set; } = null!;

    public DurableJournal Journal { get; set; } = new(0, default);

    public string HeadPath => Path.Combine(Folder.Path, Heartbeat.HeadFile);

    public string StatePath => Path.Combine(Folder.Path, GapState.RelativePath);

    /// <summary>An engine that has begun.</summary>
    public static async Task<GapFolder> BegunAsync()
    {
        var folder = new GapFolder();
        await folder.OpenAsync();
        await folder.BeginAsync();
        return folder;
    }

    /// <summary>Opens what is on disk; what was open before is dropped without a last word.</summary>
    public async Task OpenAsync()
    {
        await DropAsync();
        Ledger = Folder.Open(Disk);
        Account = GapAccount.Open(Folder.Path, Disk, Ledger, Folder.Time);
        Heartbeat = Heartbeat.Open(Folder.Path, Disk, Ledger, Account, Folder.Time, NullLogger.Instance);
    }

    public async Task BeginAsync()
    {
        Heartbeat.Prepare(Journal);
        await Heartbeat.BeginAsync(Journal, TestContext.Current.CancellationToken);
    }

    public async Task RestartAsync()
    {
        await OpenAsync();
        await BeginAsync();
    }

    public void Refuse(Signal signal, string reason, long records, GapSource? source = null) =>
        Account.Add(GapKind.Refused, signal, reason, source ?? Sender, new GapCount(records, 1));

    public Task BeatAsync() => Heartbeat.BeatAsync(() => Journal, TestContext.Current.CancellationToken);

    public void Advance(double seconds) => Folder.Time.Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>A journal of so many records.</summary>
    public void Append(int records) => Journal = new DurableJournal(Journal.Position + records, Blake3.Hash([(byte)records]));

    /// <summary>The obs_gap receipts of a reason.</summary>
    public IReadOnlyList<JsonElement> Gaps(string reason = "records") =>
    [
        .. Ledger.Find(new ReceiptQuery(long.MinValue, long.MaxValue) { Types = new HashSet<string> { "obs_gap" }, Limit = 1000 })
            .Select(line => JsonDocument.Parse(line).RootElement).Where(receipt => receipt.GetProperty("reason").ValueEquals(reason)),
    ];

    public static string Period(JsonElement gap) =>
        $"{gap.GetProperty("period").GetProperty("start").GetString()} {gap.GetProperty("period").GetProperty("end").GetString()}";

    /// <summary>"refused.logs.busy" → records.</summary>
    public static long Records(JsonElement counts, string path) =>
        path.Split('.').Append("records").Aggregate(counts, (at, name) => at.TryGetProperty(name, out var member) ? member : JsonElement.Parse("{\"records\":0}")) is { ValueKind: JsonValueKind.Number } number
            ? number.GetInt64()
            : 0;

    public async Task DropAsync()
    {
        if (Ledger is null)
            return;
        Heartbeat.Dispose();
        Account.Dispose();
        await Ledger.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await DropAsync();
        Folder.Dispose();
    }
}
