using System.Text;
using System.Text.Json;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Hashing;
using VmObs.Receipts;
using VmObs.Signals;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded;
using VmObs.Tests.Support;
using VmObs.Verify;

namespace VmObs.Tests.Receipts;

/// <summary>A data folder that is deleted in the end, a clock that stands, and facts to receipt.</summary>
internal sealed class LedgerFolder : IDisposable
{
    public static readonly HourId Hour = HourId.Of(1_765_026_000_000_000_000); // 2025-12-06T13:00:00Z

    public string Path { get; } = Directory.CreateTempSubdirectory("vm-obs-ledger-").FullName;

    public SteppedClock Time { get; } = new(new DateTimeOffset(2025, 12, 6, 14, 5, 0, TimeSpan.Zero));

    public string JsonlPath => System.IO.Path.Combine(Path, ReceiptFile.RelativePath);

    public string RootPath => System.IO.Path.Combine(Path, ObservabilityLedger.RootFile);

    public ObservabilityLedger Open(DiskFolder? disk = null, LedgerOptions? options = null) =>
        ObservabilityLedger.Open(options ?? new LedgerOptions(Path) { Origin = "example.org/scroll" }, disk ?? DiskFolder.Posix, Time);

    public string[] Lines() => File.ReadAllText(JsonlPath).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public long RootSize() => Checkpoint.Parse(SignedNote.Parse(File.ReadAllBytes(RootPath)).Text).Size;

    /// <summary>What the auditor's program says about the folder.</summary>
    public (bool Verified, string Report) Verify()
    {
        var key = NoteKey.Parse(File.ReadAllText(System.IO.Path.Combine(Path, SigningKey.PublicFile)));
        var report = new StringWriter();
        return (FolderCheck.Run(Path, key, report), report.ToString());
    }

    /// <summary>A log hour whose file is really there.</summary>
    public SealedHour LogHour(int number, int late = 0)
    {
        var hour = new HourId(Hour.Number + number);
        var storagePath = $"telemetry/logs/{hour}{(late == 0 ? "" : $".late-{late}")}.jsonl.gz";
        var full = System.IO.Path.Combine(Path, storagePath);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(full)!);
        var content = Encoding.UTF8.GetBytes($"lines of {storagePath}");
        File.WriteAllBytes(full, content);
        return new SealedHour(Signal.Logs, hour, late, storagePath, Blake3.Hash(content).ToHex(), content.Length, new JournalSpan(number + 1, number + 10, Hash('a')))
        {
            Logs = new LogHourFacts([0, 12456, 45678, 234, 12, 0], ["guardian", "treasury"]),
        };
    }

    public static CompletedTrace Trace(int number, string name = "treasury_settlement") => new(
        $"{number + 1:x32}", number, name, 1_765_031_400_000_000_000, 1_765_031_402_345_000_000, Failed: false, Spans: 4,
        ["portal", "treasury-engine"], ["portal-01", "brick-01"], new Dictionary<string, string>(), Hash('c'));

    public static string Hash(char digit) => new(digit, 64);

    public static JsonElement Parse(string line) => JsonDocument.Parse(line).RootElement;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
