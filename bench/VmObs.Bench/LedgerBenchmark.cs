using System.Diagnostics;
using VmObs.Ledger.Merkle;
using VmObs.Ledger.Receipts;
using VmObs.Receipts;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded;

namespace VmObs.Bench;

/// <summary>A scroll of many generated receipts: what appending one costs at that size, a proof, and a start.</summary>
internal static class LedgerBenchmark
{
    private const int Group = 5000, Proofs = 200, Appends = 200;

    /// <summary>Runs over a folder, which goes on growing until it has so many receipts; a temporary one goes in the end.</summary>
    public static async Task RunAsync(long receipts, string? folder)
    {
        var temporary = folder is null ? Directory.CreateTempSubdirectory("vm-obs-ledger-").FullName : null;
        var options = new LedgerOptions(folder ?? temporary!);
        try
        {
            var ledger = Open(options);
            var (began, meter) = (ledger.Size, new Meter());
            while (ledger.Size < receipts)
                await ledger.TracesCompletedAsync([.. Enumerable.Range(0, (int)Math.Min(Group, receipts - ledger.Size)).Select(i => Trace(ledger.Size + i))], CancellationToken.None);
            Console.WriteLine($"  {ledger.Size / 1e6:F1} M receipts, {new FileInfo(ledger.FilePath).Length / 1e9:F2} GB of lines, {SizeOf(Path.Combine(options.DataFolder, ScrollTables.Folder)) / 1e9:F2} GB of tables; {meter.CpuSeconds / Math.Max(1, ledger.Size - began) * 1e6:F1} CPU-us a receipt in groups of {Group}");
            await MeasureAppendAsync(ledger);
            MeasureProofs(ledger);
            await ledger.DisposeAsync();
            for (var start = 0; start < 3; start++)
            {
                meter = new Meter();
                ledger = Open(options);
                Console.WriteLine($"  start                 {meter.Seconds * 1e3,8:F1} ms  {meter.CpuSeconds * 1e3,8:F1} CPU-ms  {Environment.WorkingSet / 1e6:F0} MB working set");
                await ledger.DisposeAsync();
            }
        }
        finally
        {
            if (temporary is not null)
                Directory.Delete(temporary, recursive: true);
        }
    }

    private static async Task MeasureAppendAsync(ObservabilityLedger ledger)
    {
        var times = new List<double>();
        for (var i = 0; i < Appends; i++)
        {
            var before = Stopwatch.GetTimestamp();
            await ledger.TracesCompletedAsync([Trace(ledger.Size)], CancellationToken.None);
            times.Add(Stopwatch.GetElapsedTime(before).TotalMilliseconds);
        }
        Print("append of one", times);
    }

    private static void MeasureProofs(ObservabilityLedger ledger)
    {
        var (inclusion, random) = (new List<double>(), new Random(1));
        for (var i = 0; i < Proofs; i++)
        {
            var (seq, before) = (random.NextInt64(ledger.Size), Stopwatch.GetTimestamp());
            var (path, signed) = ledger.Log.Inclusion(seq);
            inclusion.Add(Stopwatch.GetElapsedTime(before).TotalMilliseconds);
            if (!MerkleProofs.VerifyInclusion<Sha256MerkleHash>(Sha256MerkleHash.Leaf(ReceiptScroll.EntryOf(ledger.Reader.Read(seq))), seq, signed.Checkpoint.Size, [.. path], signed.Checkpoint.Sha256Root))
                throw new InvalidOperationException($"receipt {seq}: the proof does not verify");
        }
        Print("inclusion proof", inclusion);
    }

    private static void Print(string what, List<double> times)
    {
        times.Sort();
        Console.WriteLine($"  {what,-20} {times[times.Count / 2],8:F2} ms median  {times[times.Count * 99 / 100],8:F2} ms p99");
    }

    private static ObservabilityLedger Open(LedgerOptions options) => ObservabilityLedger.Open(options, DiskFolder.Posix, TimeProvider.System);

    private static CompletedTrace Trace(long number) => new(
        $"{number + 1:x32}", number, "treasury_settlement", 1_765_031_400_000_000_000 + (number * 20_000_000), 1_765_031_402_345_000_000 + (number * 20_000_000), Failed: false, Spans: 4,
        ["portal", "treasury-engine"], ["portal-01", "brick-01"], new Dictionary<string, string>(), new string('c', 64));

    private static long SizeOf(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
}
