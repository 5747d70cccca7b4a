using System.Buffers.Binary;
using System.IO.Hashing;
using VmObs.Scrape.Jobs;
using VmObs.Signals;
using VmObs.Signals.Wire;
using VmObs.Signals.Wire.PromProto;
using VmObs.Signals.Wire.PromText;
using VmObs.Signals.Wire.RemoteWrite;

namespace VmObs.Scrape.Targets;

/// <summary>Puts a body's samples, histograms and exemplars into a request, by the job's rules. Whoever makes it disposes it.</summary>
internal sealed class ScrapedBody(ScrapeJob job, TimeSpan interval, SeriesCache cache, WriteRequestBuilder request) : IFamilySink, IDisposable
{
    // What a target shows of long ago belongs to hours that are sealed.
    private static readonly TimeSpan s_oldestExemplar = TimeSpan.FromMinutes(10);

    private readonly MetricFamilyReader _families = new(job.ScrapesNativeHistograms, job.ScrapesClassicHistograms);
    private readonly List<KeyValuePair<string, string>> _labels = [];
    private readonly long _oldestExemplarMillis = (long)Math.Max(s_oldestExemplar.TotalMilliseconds, 2 * interval.TotalMilliseconds);
    private CachedSeries? _last;
    private long _millis, _lastMillis;

    /// <summary>Samples of the body last read, as far as it was read, dropped ones as well.</summary>
    public int Samples { get; private set; }

    /// <summary>Begins a scrape, before its body is there.</summary>
    public void Begin()
    {
        cache.Begin();
        Samples = 0;
    }

    /// <summary>Reads a body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="format">How it is written.</param>
    /// <param name="unixMillis">When it was scraped.</param>
    /// <exception cref="ScrapeFailedException">It cannot be read, or is beyond the job's limits.</exception>
    public void Read(ReadOnlySpan<byte> body, ExpositionFormat format, long unixMillis)
    {
        _millis = unixMillis;
        var error = format == ExpositionFormat.Protobuf ? _families.Read(body, this) : ReadText(body, format == ExpositionFormat.OpenMetrics);
        if (error is not null)
            throw new ScrapeFailedException($"the body cannot be read: {error}");
        if (job.Limits.Samples > 0 && cache.Kept > job.Limits.Samples)
            throw new ScrapeFailedException($"sample_limit: got {cache.Kept} samples, want at most {job.Limits.Samples}");
        cache.EndGone(request, unixMillis);
    }

    public void Dispose() => _families.Dispose();

    public void AddFamily(ReadOnlySpan<byte> name, ReadOnlySpan<byte> type) => request.AddFamily(name, type);

    public void AddSample(ReadOnlySpan<byte> series, double value, long? unixMillis)
    {
        if (Find(series, unixMillis, isNative: false))
            request.AddSample(_last!.Labels, _lastMillis, value);
    }

    public void AddHistogram(ReadOnlySpan<byte> series, ReadOnlySpan<byte> histogram, long? unixMillis)
    {
        if (Find(series, unixMillis, isNative: true))
            request.AddHistogram(_last!.Labels, _lastMillis, histogram);
    }

    public void AddExemplar(ReadOnlySpan<byte> labels, double value, long? unixMillis)
    {
        if (_last is null)
            return;
        var millis = unixMillis ?? _lastMillis;
        if (millis < _millis - _oldestExemplarMillis || !_last.IsNewExemplar(HashOf(labels, value, unixMillis ?? 0)))
            return;
        request.AddExemplar(_last.Labels, labels, millis, value);
    }

    private WireError? ReadText(ReadOnlySpan<byte> body, bool isOpenMetrics)
    {
        var reader = new ExpositionReader(body, isOpenMetrics);
        for (var line = reader.Next(); line != ExpositionLine.End; line = reader.Next())
        {
            if (line == ExpositionLine.Metadata)
            {
                if (reader.Keyword.SequenceEqual("TYPE"u8))
                    AddFamily(reader.Family, reader.Text);
                continue;
            }
            AddSample(reader.Series, reader.Value, reader.UnixMillis);
            if (!reader.Exemplar.IsEmpty && _last is not null)
                AddExemplar(EncodeExemplar(reader.Exemplar), reader.ExemplarValue, reader.ExemplarUnixMillis);
        }
        return reader.Error;
    }

    private bool Find(ReadOnlySpan<byte> series, long? unixMillis, bool isNative)
    {
        Samples++;
        var time = job.HonorTimestamps ? unixMillis : null;
        _lastMillis = time ?? _millis;
        _last = cache.Find(series, time is not null && !job.TrackTimestampsStaleness, isNative);
        return _last is not null;
    }

    private byte[] EncodeExemplar(ReadOnlySpan<byte> labels)
    {
        _labels.Clear();
        SeriesText.Read(labels, _labels);
        return WriteRequestBuilder.EncodeLabels(_labels);
    }

    private static ulong HashOf(ReadOnlySpan<byte> labels, double value, long unixMillis)
    {
        Span<byte> numbers = stackalloc byte[16];
        BinaryPrimitives.WriteDoubleLittleEndian(numbers, value);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[8..], unixMillis);
        return XxHash3.HashToUInt64(labels, (long)XxHash3.HashToUInt64(numbers));
    }
}
