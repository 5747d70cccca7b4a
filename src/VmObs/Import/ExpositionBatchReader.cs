using System.Text;
using VmObs.Signals;
using VmObs.Signals.Wire.PromText;
using VmObs.Signals.Wire.RemoteWrite;

namespace VmObs.Import;

/// <summary>Reads OpenMetrics and Prometheus's text format, each sample with its time, and writes requests of remote_write.</summary>
internal sealed class ExpositionBatchReader(LineReader lines, bool isOpenMetrics) : IBatchReader
{
    /// <summary>Samples a request: about half a MiB of it.</summary>
    private const int BatchSamples = 10_000;

    private readonly WriteRequestBuilder _request = new();
    private readonly PooledBuffer _body = new(256 * 1024);
    private readonly List<KeyValuePair<string, string>> _names = [];

    // A file has the samples of a series one behind the other.
    private byte[] _series = [], _labels = [];

    // What is known of the family whose samples follow.
    private byte[] _family = [], _type = [];
    private bool _ended;

    public async Task SkipToAsync(long position, CancellationToken cancellationToken)
    {
        while (lines.Position < position && await lines.ReadAsync(cancellationToken) is { } line)
        {
            if (line.Span.StartsWith("#"u8))
                Read(line.Span);
        }
        _request.Clear();
    }

    public async ValueTask<ImportBatch?> ReadAsync(CancellationToken cancellationToken)
    {
        _request.Clear();
        if (_type.Length > 0)
            _request.AddFamily(_family, _type);
        var (first, samples) = (lines.Line + 1, 0);
        while (samples < BatchSamples && await lines.ReadAsync(cancellationToken) is { } line)
            samples += Read(line.Span);
        if (samples == 0)
            return !isOpenMetrics || _ended ? null : throw new FormatException($"line {lines.Line + 1}: got the end of the file, want # EOF: it was cut short; what it has is imported");
        _body.Clear();
        _request.Compress(_body);
        return new ImportBatch("/api/v1/write", "application/x-protobuf", _body.WrittenMemory, first);
    }

    public void Dispose()
    {
        _request.Dispose();
        _body.Dispose();
    }

    /// <summary>Reads a line.</summary>
    /// <returns>The number of samples in it, 0 or 1.</returns>
    private int Read(ReadOnlySpan<byte> line)
    {
        var trimmed = line.TrimEnd((byte)'\r');
        if (trimmed.IsEmpty)
            return 0;
        if (_ended)
            throw new FormatException($"line {lines.Line}: got a line behind # EOF, want the end of the file");
        if (isOpenMetrics && trimmed.SequenceEqual("# EOF"u8))
        {
            _ended = true;
            return 0;
        }
        var reader = new ExpositionReader(trimmed, isOpenMetrics);
        switch (reader.Next())
        {
            case ExpositionLine.Sample:
                AddSample(reader);
                return 1;
            case ExpositionLine.Metadata:
                AddMetadata(reader);
                return 0;
            default:
                // A comment, or nothing but white space: what the reader misses then is the end, which is another line's.
                return trimmed[0] == '#' || trimmed.TrimStart(" \t"u8).IsEmpty || reader.Error is not { } error
                    ? 0
                    : throw new FormatException($"line {lines.Line}: at byte {error.Offset} expected {error.Expected}, found {error.Found}");
        }
    }

    private void AddSample(in ExpositionReader reader)
    {
        if (reader.UnixMillis is not { } millis)
            throw new FormatException($"line {lines.Line}: got {Encoding.UTF8.GetString(reader.Series)} without a time, want one behind its value: an import says when");
        if (!reader.Series.SequenceEqual(_series))
        {
            _names.Clear();
            SeriesText.Read(reader.Series, _names);
            _labels = WriteRequestBuilder.EncodeLabels(_names.Where(static label => label.Value.Length > 0));
            _series = reader.Series.ToArray();
        }
        _request.AddSample(_labels, millis, reader.Value);
        if (reader.Exemplar.IsEmpty)
            return;
        _names.Clear();
        SeriesText.Read(reader.Exemplar, _names);
        var exemplar = WriteRequestBuilder.EncodeLabels(_names.Where(static label => label.Value.Length > 0));
        _request.AddExemplar(_labels, exemplar, reader.ExemplarUnixMillis ?? millis, reader.ExemplarValue);
    }

    private void AddMetadata(in ExpositionReader reader)
    {
        if (!reader.Keyword.SequenceEqual("TYPE"u8))
            return;
        (_family, _type) = (reader.Family.ToArray(), reader.Text.ToArray());
        _request.AddFamily(_family, _type);
    }
}
