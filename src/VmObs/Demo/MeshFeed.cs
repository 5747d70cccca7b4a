using System.Globalization;
using System.Runtime.CompilerServices;
using VmObs.Import;
using VmObs.Signals;

namespace VmObs.Demo;

/// <summary>Sends what the mesh does to an engine through its front door, as any agent would: history first, then what happens now.</summary>
/// <remarks>
/// What happens in a stretch of time follows from the time alone. So all that is remembered is up to when it was sent, in a file: a feed that
/// was stopped goes on there, and what happened meanwhile is sent as well.
/// </remarks>
/// <param name="target">The engine.</param>
/// <param name="stateFile">Remembers up to when everything was sent; <see cref="Prepare"/> makes it.</param>
/// <param name="time">The clock.</param>
internal sealed class MeshFeed(IImportTarget target, string stateFile, TimeProvider time)
{
    private static readonly TimeSpan s_chunk = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_liveInterval = TimeSpan.FromSeconds(5);

    /// <summary>No request takes longer; one is sent once it is over.</summary>
    private static readonly TimeSpan s_longestRequest = TimeSpan.FromSeconds(15);

    /// <summary>How much of the past a first start has.</summary>
    private static readonly TimeSpan s_history = TimeSpan.FromHours(24);

    /// <summary>An hour takes the engine longer to seal than to take; sealed one by one they would keep a first start waiting.</summary>
    private const int ChunksBetweenSeals = 4;

    // The SPEC exports what came before the 6th, and tells of the afternoon.
    private static readonly DateTimeOffset s_specBegin = new(2025, 12, 5, 20, 0, 0, TimeSpan.Zero), s_specEnd = new(2025, 12, 6, 18, 0, 0, TimeSpan.Zero);

    private readonly IReadOnlyList<Exporter> _exporters = Mesh.CreateExporters();

    /// <summary>Documents sent so far.</summary>
    public long Documents { get; private set; }

    /// <summary>Writes the file of a feed that has sent nothing, unless there is one.</summary>
    public static void Prepare(string stateFile)
    {
        if (!File.Exists(stateFile))
            WriteState(stateFile, s_specBegin);
    }

    /// <summary>Sends what was not sent yet, up to now: at the first start the SPEC's day and the last 24 hours. Hours that have ended get sealed.</summary>
    /// <exception cref="ImportRefusedException">The engine does not take it.</exception>
    public async Task SendHistoryAsync(Func<CancellationToken, Task> sealAsync, CancellationToken cancellationToken)
    {
        var unsealed = 0;
        await foreach (var _ in CatchUpAsync(cancellationToken))
        {
            if (++unsealed % ChunksBetweenSeals == 0)
                await sealAsync(cancellationToken);
        }
        await sealAsync(cancellationToken);
    }

    /// <summary>Goes on sending what happens, every few seconds.</summary>
    /// <exception cref="ImportRefusedException">The engine does not take it.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(s_liveInterval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
            await foreach (var _ in CatchUpAsync(cancellationToken))
                continue;
    }

    /// <summary>Sends what was not sent yet, and says after each hour of it up to when all is sent.</summary>
    private async IAsyncEnumerable<DateTimeOffset> CatchUpAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var through = ReadState();
        while (through < now)
        {
            if (through >= s_specEnd && through < now - s_history)
                through = now - s_history;
            var end = new DateTimeOffset(through.UtcTicks - (through.UtcTicks % s_chunk.Ticks) + s_chunk.Ticks, TimeSpan.Zero);
            if (end > now)
                end = now;
            await SendChunkAsync(through, end, cancellationToken);
            WriteState(stateFile, end);
            yield return through = end;
        }
    }

    private async Task SendChunkAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken cancellationToken)
    {
        var settlements = Ended(Settlements.Between, from, to);
        var everyday = Ended(EverydayRequests.Between, from, to);
        using DocumentLines metrics = new(), logs = new(), traces = new();
        WriteMetrics(metrics, from, to);
        foreach (var request in settlements.Concat(everyday))
            request.Write(traces);
        foreach (var line in settlements.SelectMany(Settlements.Lines).Concat(everyday.Select(EverydayRequests.Line)).Concat(ServiceLogs.Between(from, to)))
            line.Write(logs);
        if (SpecDocuments.TraceEnd >= from && SpecDocuments.TraceEnd < to)
            traces.Add(SpecDocuments.Trace);
        if (SpecDocuments.LineTime >= from && SpecDocuments.LineTime < to)
            logs.Add(SpecDocuments.Line);
        await Task.WhenAll(PostAsync(Signal.Metrics, metrics), PostAsync(Signal.Logs, logs), PostAsync(Signal.Traces, traces));

        Task PostAsync(Signal signal, DocumentLines lines) => this.PostAsync(signal, lines, from, cancellationToken);
    }

    private void WriteMetrics(DocumentLines lines, DateTimeOffset from, DateTimeOffset to)
    {
        var interval = Mesh.ScrapeInterval;
        var first = from.UtcTicks + ((interval.Ticks - (from.UtcTicks % interval.Ticks)) % interval.Ticks);
        for (var at = new DateTimeOffset(first, TimeSpan.Zero); at < to; at += interval)
            foreach (var exporter in _exporters)
                exporter.Write(lines, at, interval);
    }

    private async Task PostAsync(Signal signal, DocumentLines lines, DateTimeOffset from, CancellationToken cancellationToken)
    {
        if (lines.Count == 0)
            return;
        var path = "/obs/ingest/" + signal switch { Signal.Metrics => "metrics", Signal.Logs => "logs", _ => "traces" };
        var answer = await target.SendAsync(new ImportBatch(path, "application/x-ndjson", lines.Written, FirstLine: 1), cancellationToken);
        if (answer.Refused > 0)
            throw new ImportRefusedException($"BUG: the engine refused {answer.Refused} of {lines.Count} documents of the demo at {path} from {DocumentLines.Text(from)} on: {answer.Message}");
        Documents += lines.Count;
    }

    private static List<MeshRequest> Ended(Func<DateTimeOffset, DateTimeOffset, IEnumerable<MeshRequest>> between, DateTimeOffset from, DateTimeOffset to) =>
        // None is under way at the full hour: so an hour of history is complete with what ended in it.
        [.. between(from - s_longestRequest, to).Where(request => request.End >= from && request.End < to && request.End.Hour == request.Start.Hour)];

    private DateTimeOffset ReadState() => DateTimeOffset.Parse(File.ReadAllText(stateFile), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    private static void WriteState(string file, DateTimeOffset through)
    {
        File.WriteAllText(file + ".new", through.ToString("O", CultureInfo.InvariantCulture) + "\n");
        File.Move(file + ".new", file, overwrite: true);
    }
}
