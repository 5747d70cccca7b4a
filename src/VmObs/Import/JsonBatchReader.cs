using VmObs.Signals;

namespace VmObs.Import;

/// <summary>Reads OTLP/JSON and JSON lines.</summary>
internal sealed class JsonBatchReader(LineReader lines, ImportFormat format) : IBatchReader
{
    private const int BatchBytes = 1024 * 1024;

    private readonly PooledBuffer _body = new(BatchBytes);

    public Task SkipToAsync(long position, CancellationToken cancellationToken) => lines.SkipToAsync(position, cancellationToken);

    public async ValueTask<ImportBatch?> ReadAsync(CancellationToken cancellationToken)
    {
        _body.Clear();
        var first = lines.Line + 1;
        while (_body.Length < BatchBytes && await lines.ReadAsync(cancellationToken) is { } line)
        {
            if (line.Span.ContainsAnyExcept(" \t\r\uFEFF"u8) is false)
                continue;
            if (format == ImportFormat.OtlpJson)
                return new ImportBatch(PathOf(line.Span), "application/json", line, lines.Line);
            _body.Write(line.Span);
            _body.WriteByte((byte)'\n');
        }
        return _body.Length == 0 ? null : new ImportBatch("/obs/ingest/logs", "application/x-ndjson", _body.WrittenMemory, first);
    }

    public void Dispose() => _body.Dispose();

    private string PathOf(ReadOnlySpan<byte> request)
    {
        if (request.IndexOf("\"resourceLogs\""u8) is >= 0 and < 64)
            return "/v1/logs";
        if (request.IndexOf("\"resourceMetrics\""u8) is >= 0 and < 64)
            return "/v1/metrics";
        return request.IndexOf("\"resourceSpans\""u8) is >= 0 and < 64
            ? "/v1/traces"
            : throw new FormatException($"line {lines.Line}: got a line that does not begin with \"resourceLogs\", \"resourceMetrics\" or \"resourceSpans\", want an OTLP export request a line");
    }
}
