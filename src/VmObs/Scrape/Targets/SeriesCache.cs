using System.Text;
using VmObs.Scrape.Jobs;
using VmObs.Scrape.Relabeling;
using VmObs.Signals.Texts;
using VmObs.Signals.Wire.PromText;
using VmObs.Signals.Wire.RemoteWrite;

namespace VmObs.Scrape.Targets;

/// <summary>The series of one target: found again by the bytes in which it writes them, so that labels are read and relabelled once.</summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class SeriesCache(ScrapeJob job, ScrapeTarget target)
{
    private readonly Dictionary<byte[], CachedSeries> _series = new(BytesComparer.Instance);
    private readonly List<KeyValuePair<string, string>> _read = [];
    private readonly List<byte[]> _gone = [];
    // Labels of series that somebody before wrote and that did not come yet, and whether they are native histograms; null once it is decided which go on.
    private Dictionary<byte[], bool>? _inherited;
    private long _round;

    /// <summary>Samples of this round that relabelling did not drop.</summary>
    public int Kept { get; private set; }

    /// <summary>Series of this round that the one before did not have.</summary>
    public int Added { get; private set; }

    /// <summary>Labels of the series that have a value now and would need a staleness marker, and whether they are native histograms.</summary>
    public IEnumerable<KeyValuePair<byte[], bool>> Standing =>
        _series.Values.Where(static series => series.NeedsMarker).Select(static series => KeyValuePair.Create(series.Labels!, series.IsNative)).Concat(_inherited ?? []);

    /// <summary>Goes on with series that somebody before wrote: the next round ends those that it does not have.</summary>
    /// <param name="labels">What <see cref="Standing"/> gave.</param>
    public void Inherit(IEnumerable<KeyValuePair<byte[], bool>> labels)
    {
        _inherited ??= new Dictionary<byte[], bool>(BytesComparer.Instance);
        foreach (var (series, isNative) in labels)
            _inherited[series] = isNative;
    }

    /// <summary>Says that a series goes on, though no round has it: the engine's own.</summary>
    public void KeepInherited(byte[] labels) => _inherited?.Remove(labels);

    /// <summary>Begins a scrape.</summary>
    public void Begin()
    {
        _round++;
        (Kept, Added) = (0, 0);
    }

    /// <summary>A series of this round; null where relabelling drops it.</summary>
    /// <param name="series">Its text.</param>
    /// <param name="hasOwnTime">Whether it comes with a time of its own, and so gets no staleness marker.</param>
    /// <param name="isNative">Whether its samples are native histograms.</param>
    /// <exception cref="ScrapeFailedException">Its labels are beyond the job's limits.</exception>
    public CachedSeries? Find(ReadOnlySpan<byte> series, bool hasOwnTime, bool isNative = false)
    {
        var found = _series.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!found.TryGetValue(series, out var known))
        {
            known = new CachedSeries(Encode(series));
            _series.Add(series.ToArray(), known);
        }
        if (known.Labels is null)
        {
            known.Round = _round;
            return null;
        }
        Kept++;
        if (known.Round != _round - 1 && known.Round != _round && _inherited?.ContainsKey(known.Labels) != true)
            Added++;
        known.Round = _round;
        (known.HasOwnTime, known.IsNative) = (hasOwnTime, isNative);
        return known;
    }

    /// <summary>Ends the series that this round did not have: writes their staleness markers and forgets them.</summary>
    public void EndGone(WriteRequestBuilder request, long unixMillis)
    {
        _gone.Clear();
        foreach (var (text, series) in _series)
        {
            if (series.Round == _round)
            {
                series.IsStored = true;
                if (series.Labels is not null)
                    _inherited?.Remove(series.Labels);
                continue;
            }
            if (series.NeedsMarker)
                AddStale(request, series.Labels!, series.IsNative, unixMillis);
            _gone.Add(text);
        }
        foreach (var text in _gone)
            _series.Remove(text);
        foreach (var (labels, isNative) in _inherited ?? [])
            AddStale(request, labels, isNative, unixMillis);
        _inherited = null;
    }

    /// <summary>Ends all series, for a scrape that failed or a target that is gone.</summary>
    public void EndAll(WriteRequestBuilder request, long unixMillis)
    {
        _round++;
        EndGone(request, unixMillis);
    }

    /// <summary>The labels of a series that the engine writes about the target: "up".</summary>
    public byte[] EncodeOwn(string name) => WriteRequestBuilder.EncodeLabels(WithExternal(new Dictionary<string, string>(target.Labels, StringComparer.Ordinal) { ["__name__"] = name }));

    private static void AddStale(WriteRequestBuilder request, byte[] labels, bool isNative, long unixMillis)
    {
        if (isNative)
            request.AddStaleHistogram(labels, unixMillis);
        else
            request.AddStale(labels, unixMillis);
    }

    private byte[]? Encode(ReadOnlySpan<byte> text)
    {
        _read.Clear();
        SeriesText.Read(text, _read);
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in _read)
        {
            if (value.Length > 0)
                labels[name] = value;
        }
        AddTargetLabels(labels);
        if (!Relabeler.Apply(job.MetricRelabel, labels) || labels.Count == 0)
            return null;
        if (!labels.TryGetValue("__name__", out var metric))
            throw new ScrapeFailedException($"{Encoding.UTF8.GetString(text[..Math.Min(text.Length, 100)])} has no name after metric_relabel_configs, want one");
        // What relabelling used for itself.
        foreach (var name in labels.Keys.Where(static name => name.StartsWith("__tmp", StringComparison.Ordinal)).ToArray())
            labels.Remove(name);
        Check(metric, labels);
        return WriteRequestBuilder.EncodeLabels(WithExternal(labels));
    }

    private void AddTargetLabels(Dictionary<string, string> labels)
    {
        foreach (var (name, value) in target.Labels)
        {
            if (job.HonorLabels)
            {
                labels.TryAdd(name, value);
                continue;
            }
            if (labels.Remove(name, out var exported))
            {
                var renamed = "exported_" + name;
                while (labels.ContainsKey(renamed) || target.Labels.ContainsKey(renamed))
                    renamed = "exported_" + renamed;
                labels[renamed] = exported;
            }
            labels[name] = value;
        }
    }

    private Dictionary<string, string> WithExternal(Dictionary<string, string> labels)
    {
        foreach (var (name, value) in job.ExternalLabels)
            labels.TryAdd(name, value);
        return labels;
    }

    /// <summary>Holds what relabelling left to the job's limits; the name and the target's labels count.</summary>
    private void Check(string metric, Dictionary<string, string> labels)
    {
        var limits = job.Limits;
        if (limits.Labels > 0 && labels.Count > limits.Labels)
            throw new ScrapeFailedException($"label_limit: {metric} has {labels.Count} labels, want at most {limits.Labels}");
        foreach (var (name, value) in labels)
        {
            if (limits.LabelNameBytes > 0 && Encoding.UTF8.GetByteCount(name) is var nameBytes && nameBytes > limits.LabelNameBytes)
                throw new ScrapeFailedException($"label_name_length_limit: {metric} has a label's name of {nameBytes} bytes, want at most {limits.LabelNameBytes}");
            if (limits.LabelValueBytes > 0 && Encoding.UTF8.GetByteCount(value) is var valueBytes && valueBytes > limits.LabelValueBytes)
                throw new ScrapeFailedException($"label_value_length_limit: label {name} of {metric} has {valueBytes} bytes, want at most {limits.LabelValueBytes}");
        }
    }
}
