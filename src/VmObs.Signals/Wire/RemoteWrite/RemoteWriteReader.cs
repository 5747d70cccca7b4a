using System.Runtime.InteropServices;
using System.Text;
using VmObs.Signals.Metrics;

namespace VmObs.Signals.Wire.RemoteWrite;

/// <summary>Reads a prometheus.WriteRequest (remote_write 1.0) into samples. Labels stay as they came; service and node are added where absent.</summary>
internal sealed class RemoteWriteReader(IngestRules rules, SeriesInterner interner) : IDisposable
{
    private const long NanosPerMilli = 1_000_000;

    private readonly ResourceMapping _mapping = new(rules);
    private readonly LimitedLabels _labels = new(rules);
    private readonly FamilyMetadata _families = new();
    private readonly List<(long Millis, double Value)> _samples = [];
    private MetricBatch _batch = null!;
    private SeriesEntry? _last;
    private long _latestUnixNanos;

    public void Read(ref ProtobufReader request, long latestUnixNanos, MetricBatch into)
    {
        (_batch, _latestUnixNanos) = (into, latestUnixNanos);
        _families.Clear();
        _last = null;
        var second = request;
        while (request.NextField())
        {
            if (request.Tag == (3 << 3 | ProtobufReader.Bytes))
                _families.Read(request.ReadMessage());
            else
                request.Skip(RemoteWriteSchema.WriteRequest.Known & ~(1UL << 1));
        }
        while (second.NextField())
        {
            if (second.Tag == (1 << 3 | ProtobufReader.Bytes))
                ReadSeries(ref second);
            else
                second.Skip(RemoteWriteSchema.WriteRequest.Known & ~(1UL << 3));
        }
    }

    public void Dispose() => _labels.Dispose();

    private void ReadSeries(ref ProtobufReader request)
    {
        var slice = request.ReadSlice();
        var entry = FindKnown(request.Span(slice), out var wire, out var labels);
        if (entry is not null)
        {
            var points = request.Open(slice, 1);
            points.Pass(entry.Bytes.Length);
            if (TryReadPoints(ref points, out var histograms))
            {
                Follow(entry);
                if (!points.Failed)
                    Take(ref request, entry.Series, histograms);
                return;
            }
        }
        ReadNewSeries(ref request, slice, wire, labels);
    }

    /// <summary>The labels' entry, guessed by the order of the last request or looked up; null when they are new.</summary>
    private SeriesEntry? FindKnown(ReadOnlySpan<byte> message, out ReadOnlySpan<byte> wire, out int labels)
    {
        // Label fields that go on behind those of the guess make another set.
        if (interner.FollowerOf(_last, message) is { } guess && !RemoteWriteLabels.BeginsWithLabel(message[guess.Bytes.Length..]))
        {
            wire = guess.Bytes;
            labels = -1;
            return guess;
        }
        wire = RemoteWriteLabels.Leading(message, out labels);
        return interner.FindWire(wire);
    }

    private void Follow(SeriesEntry entry)
    {
        if (_last is { Generation: >= 0 } last && last.Next != entry)
            last.Next = entry;
        _last = entry;
    }

    private void Take(ref ProtobufReader request, InternedSeries series, int histograms)
    {
        if (histograms > 0)
            RefuseHistograms(series.Name, histograms);
        if (_samples.Count == 0)
            return;
        if (_batch.TextBytes > rules.MaxBatchBytes)
            IsRefused(series.Name, labelsRefused: false);
        else
            AddSamples(ref request, series);
    }

    /// <summary>Reads what follows the labels that are known; false when more labels do.</summary>
    private bool TryReadPoints(ref ProtobufReader message, out int histograms)
    {
        histograms = 0;
        _samples.Clear();
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: return false;
                case 2 << 3 | ProtobufReader.Bytes: ReadSample(ref message); break;
                case 4 << 3 | ProtobufReader.Bytes: message.ReadSlice(); histograms++; break;
                default: message.Skip(RemoteWriteSchema.TimeSeries.Known); break;
            }
        }
        return true;
    }

    private void ReadNewSeries(ref ProtobufReader request, WireSlice slice, ReadOnlySpan<byte> wire, int leading)
    {
        var message = request.Open(slice, 1);
        var labels = default(SeriesLabels);
        var (count, histograms) = (0, 0);
        _labels.Begin();
        _samples.Clear();
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: ReadLabel(ref message, ref labels); count++; break;
                case 2 << 3 | ProtobufReader.Bytes: ReadSample(ref message); break;
                case 4 << 3 | ProtobufReader.Bytes: message.ReadSlice(); histograms++; break;
                default: message.Skip(RemoteWriteSchema.TimeSeries.Known); break;
            }
        }
        if (message.Failed)
            return;
        var name = message.Span(labels.Name);
        RefuseHistograms(name, histograms);
        if (_samples.Count == 0 || IsRefused(name, labels.Refused) || !TryAddMapped(ref message, labels))
            return;
        var series = _labels.Intern(interner);
        if (count == leading)
            Follow(interner.AddWire(wire, series));
        AddSamples(ref request, series);
    }

    private void RefuseHistograms(ReadOnlySpan<byte> name, int histograms)
    {
        for (; histograms > 0; histograms--)
            _batch.Refusals.Count(RefusalReason.UnsupportedType, $"metric {name}: got a native histogram, want a float sample");
    }

    private void ReadLabel(ref ProtobufReader parent, ref SeriesLabels labels)
    {
        var slice = parent.ReadSlice();
        var message = parent.Open(slice, 1);
        WireSlice name = default, value = default;
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: name = message.ReadSlice(); break;
                case 2 << 3 | ProtobufReader.Bytes: value = message.ReadSlice(); break;
                default: message.Skip(RemoteWriteSchema.Label.Known); break;
            }
        }
        if (message.Failed)
            return;
        var text = message.Span(name);
        var given = message.Span(value);
        if (text.SequenceEqual("__name__"u8))
            labels.Name = value;
        else if (text.SequenceEqual("instance"u8))
            labels.Instance = value;
        else if (text.SequenceEqual("job"u8))
            labels.Job = value;
        else if (text.SequenceEqual(ResourceMapping.NodeLabel))
            labels.HasNode = !(given = NodeName.ToShort(given)).IsEmpty;
        else if (text.SequenceEqual(ResourceMapping.ServiceLabel))
            labels.HasService = !value.IsEmpty;
        // One look at the whole message: its tags and short lengths are ASCII too.
        labels.Refused |= Ascii.IsValid(parent.Span(slice)) ? !_labels.TrySetAscii(text, given) : !_labels.TrySet(text, given);
    }

    private void ReadSample(ref ProtobufReader parent)
    {
        var message = parent.ReadMessage();
        double value = 0;
        long millis = 0;
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Fixed64: value = message.ReadDouble(); break;
                case 2 << 3 | ProtobufReader.Varint: millis = (long)message.ReadVarint(); break;
                default: message.Skip(RemoteWriteSchema.Sample.Known); break;
            }
        }
        _samples.Add((millis, value));
    }

    /// <summary>Refuses all of a series' samples, each counted, when its labels cannot be taken.</summary>
    private bool IsRefused(ReadOnlySpan<byte> name, bool labelsRefused)
    {
        var badName = name.IsEmpty || name.Length > rules.MaxLabelBytes;
        var tooMuch = _batch.TextBytes > rules.MaxBatchBytes;
        if (!badName && !labelsRefused && !tooMuch)
            return false;
        for (var i = 0; i < _samples.Count; i++)
        {
            if (badName)
                _batch.Refusals.Count(RefusalReason.InvalidMetricName, $"metric {name}: got a name of {name.Length} bytes, want 1 to {rules.MaxLabelBytes}");
            else if (tooMuch)
                _batch.Refusals.Count(RefusalReason.TooLarge, $"metric {name}: the request's label sets are over {rules.MaxBatchBytes} bytes, the most taken");
            else
                RefuseLabels(name);
        }
        return true;
    }

    private void RefuseLabels(ReadOnlySpan<byte> name) => _batch.Refusals.Count(
        RefusalReason.InvalidLabels, $"metric {name}: a label has no name, or is over {rules.MaxLabelBytes} bytes, or there are over {rules.MaxLabels}");

    private bool TryAddMapped(ref ProtobufReader message, in SeriesLabels labels)
    {
        var node = ResourceMapping.HostOf(message.Span(labels.Instance));
        var service = message.Span(labels.Job);
        if ((labels.HasNode || _labels.TrySet(ResourceMapping.NodeLabel, node.IsEmpty ? _mapping.UnknownNode : node))
            && (labels.HasService || _labels.TrySet(ResourceMapping.ServiceLabel, service.IsEmpty ? _mapping.UnknownService : service)))
            return true;
        foreach (var _ in _samples)
            RefuseLabels(message.Span(labels.Name));
        return false;
    }

    private void AddSamples(ref ProtobufReader request, InternedSeries identity)
    {
        var series = -1;
        foreach (var (millis, value) in CollectionsMarshal.AsSpan(_samples))
        {
            if (millis is > long.MaxValue / NanosPerMilli or < long.MinValue / NanosPerMilli)
            {
                _batch.Refusals.Count(RefusalReason.InvalidTimestamp, $"metric {identity.Name}: got time {millis} ms, want what 64-bit Unix ns can say");
                continue;
            }
            var time = millis * NanosPerMilli;
            if (time > _latestUnixNanos)
            {
                _batch.Refusals.Count(
                    RefusalReason.TooFarAhead, $"metric {identity.Name}: got time {Rfc3339.Format(time)}, want at most {Rfc3339.Format(_latestUnixNanos)}");
                continue;
            }
            if (series < 0)
            {
                var (kind, unit) = _families.IsEmpty ? default : _families.Find(identity.Name);
                series = _batch.AddSeries(identity, kind, request.Span(unit));
            }
            _batch.AddSample(series, time, value);
        }
    }

    private struct SeriesLabels
    {
        public WireSlice Name, Instance, Job;
        public bool HasNode, HasService, Refused;
    }
}
