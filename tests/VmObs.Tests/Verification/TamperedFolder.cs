using VmObs.Receipts;
using VmObs.Signals.Traces;
using VmObs.Storage.Disk;
using VmObs.Storage.Embedded;
using VmObs.Tests.Support;

namespace VmObs.Tests.Verification;

/// <summary>A data folder as an operator could make it who has the key: an honest journal, and hours that were sealed, receipted and signed properly but of other records.</summary>
internal static class TamperedFolder
{
    /// <summary>What an hour is sealed of.</summary>
    public sealed class Hour
    {
        /// <summary>By second.</summary>
        public SortedDictionary<int, string> Lines { get; } = new(Enumerable.Range(0, 8).ToDictionary(static i => i, static i => $"line {i}"));

        /// <summary>By second.</summary>
        public SortedDictionary<int, double> Samples { get; } = new(Enumerable.Range(0, 8).ToDictionary(static i => i, static i => (double)i));

        public List<(ulong Trace, byte Span)> Spans { get; } = [.. Enumerable.Range(0, 8).SelectMany(static i => new[] { ((ulong)i, (byte)1), ((ulong)i, (byte)2) })];
    }

    /// <summary>The honest journal with the hours of what was tampered with.</summary>
    public static async Task<EngineFolder> SealedAsync(Action<Hour> tamper)
    {
        await using var honest = new EngineFolder();
        await using var altered = new EngineFolder();
        var journal = await FillAsync(honest, static _ => { });
        var files = await FillAsync(altered, tamper);
        await honest.CloseAsync();
        await altered.CloseAsync();
        var folder = new EngineFolder();
        Directory.Move(honest.PathOf("journal"), folder.PathOf("journal"));
        Directory.Move(altered.PathOf("telemetry"), folder.PathOf("telemetry"));
        await using var ledger = ObservabilityLedger.Open(new LedgerOptions(folder.Folder), DiskFolder.Posix, folder.Time);
        foreach (var (hour, spans) in files.Zip(journal))
            await ledger.HourSealedAsync(hour with { Journal = spans.Journal }, TestContext.Current.CancellationToken);
        folder.UseKey(ledger.PublicKey);
        return folder;
    }

    /// <summary>An engine whose records are others, honestly journaled and sealed.</summary>
    public static async Task<EngineFolder> AlteredAsync(Action<Hour> alter)
    {
        var engine = new EngineFolder();
        await FillAsync(engine, alter);
        return engine;
    }

    // The records of each signal are one request, so that all journals have the same positions.
    private static async Task<IReadOnlyList<SealedHour>> FillAsync(EngineFolder engine, Action<Hour> alter)
    {
        await engine.ReopenAsync();
        var hour = new Hour();
        alter(hour);
        await engine.LogsAsync([.. hour.Lines.Select(static line => Samples.Log(line.Key, line.Value))]);
        await engine.MetricsAsync(Samples.Gauge("cpu_percent", [.. hour.Samples.Select(static sample => ((double)sample.Key, sample.Value))]));
        await engine.TracesAsync([.. hour.Spans.Select(static span => Samples.Span(new TraceId(9, span.Trace), span.Span, 0, span.Trace, 1))]);
        return await engine.SealAsync();
    }
}
