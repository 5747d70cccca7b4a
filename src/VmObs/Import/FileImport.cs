using System.IO.Compression;
using VmObs.Ledger.Hashing;

namespace VmObs.Import;

/// <summary>Sends one file to an engine, request by request, each after the one before is durable.</summary>
internal sealed class FileImport(string file, ImportFormat? format, string stateFile, IImportTarget target)
{
    private const int MaxLineBytes = 64 * 1024 * 1024, BeginningBytes = 4096;

    /// <summary>How far it is.</summary>
    public ImportState State { get; private set; } = new("", 0, 0, 0, false);

    /// <summary>Where it went on; 0 for a file that was not begun before.</summary>
    public long ResumedAt { get; private set; }

    /// <summary>What the engine said first of a record that it refused, with the file's line; null when it refused none.</summary>
    public string? FirstRefusal { get; private set; }

    /// <summary>Share of the file (as it lies on disk) that was read, 0 to 1.</summary>
    public double Progress { get; private set; }

    /// <summary>Imports what is left of the file.</summary>
    /// <exception cref="IOException">The file or its state cannot be read or written.</exception>
    /// <exception cref="FormatException">The file is of no known format, or not the one that the state is of.</exception>
    /// <exception cref="ImportRefusedException">The engine does not take a request.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var stored = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, useAsync: false);
        Stream bytes = file.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(stored, CompressionMode.Decompress) : stored;
        await using var lines = new LineReader(bytes, MaxLineBytes);
        var beginning = await lines.PeekAsync(BeginningBytes, cancellationToken);
        var found = format ?? ImportFormats.Guess(beginning.Span);
        if (found is null && !beginning.IsEmpty)
            throw new FormatException($"{file}: got a beginning that is neither a JSON object nor # TYPE, # HELP or # UNIT of a metric, want {string.Join(", ", ImportFormats.Names)}; --format says which");
        Resume(FirstLine(beginning.Span));
        if (State.IsComplete)
            return;
        using var batches = Read(lines, found ?? ImportFormat.JsonLines);
        await batches.SkipToAsync(State.Position, cancellationToken);
        while (await batches.ReadAsync(cancellationToken) is { } batch)
        {
            var answer = await target.SendAsync(batch, cancellationToken);
            if (answer.Refused > 0)
                FirstRefusal ??= $"{file}, in the request that begins with line {batch.FirstLine}: {answer.Message}";
            State = State with { Position = lines.Position, Requests = State.Requests + 1, Refused = State.Refused + answer.Refused };
            State.Write(stateFile);
            Progress = (double)stored.Position / stored.Length;
        }
        State = State with { IsComplete = true };
        State.Write(stateFile);
    }

    private static IBatchReader Read(LineReader lines, ImportFormat format) => format switch
    {
        ImportFormat.OpenMetrics => new ExpositionBatchReader(lines, isOpenMetrics: true),
        ImportFormat.PrometheusText => new ExpositionBatchReader(lines, isOpenMetrics: false),
        _ => new JsonBatchReader(lines, format),
    };

    /// <summary>A file that still grows keeps its first line.</summary>
    private static ReadOnlySpan<byte> FirstLine(ReadOnlySpan<byte> beginning) => beginning.IndexOf((byte)'\n') is >= 0 and var end ? beginning[..end] : beginning;

    private void Resume(ReadOnlySpan<byte> firstLine)
    {
        var hash = Blake3.Hash(firstLine).ToString();
        if (ImportState.Read(stateFile) is not { } before)
        {
            State = new ImportState(hash, 0, 0, 0, false);
            return;
        }
        if (before.Beginning != hash)
            throw new FormatException($"{file}: begins otherwise than the file that {stateFile} is of; delete that to import this file from its beginning");
        State = before;
        ResumedAt = before.Position;
    }
}
