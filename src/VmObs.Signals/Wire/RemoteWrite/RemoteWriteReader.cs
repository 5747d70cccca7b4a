using System.Text;
using VmObs.Signals.Metrics;

namespace VmObs.Signals.Wire.RemoteWrite;

/// <summary>Reads a prometheus.WriteRequest (remote_write 1.0) into samples. Labels stay as they came; service and node are added where absent.</summary>
internal sealed class RemoteWriteReader(SeriesIntake intake, SeriesInterner interner)
{
    private readonly FamilyMetadata _families = new();
    private SeriesEntry? _last;

    public void Read(ref ProtobufReader request, long latestUnixNanos, MetricBatch into)
    {
        intake.BeginRequest(into, latestUnixNanos);
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

    private void ReadSeries(ref ProtobufReader request)
    {
        var slice = request.ReadSlice();
        var entry = FindKnown(request.Span(slice), out var wire, out var labels);
        if (entry is not null)
        {
            var points = request.Open(slice, 1);
            points.Pass(entry.Bytes.Length);
            if (TryReadPoints(ref points))
            {
                Follow(entry);
                if (!points.Failed)
                    Take(ref request, entry.Series);
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

    private void Take(ref ProtobufReader request, InternedSeries series)
    {
        if (!intake.IsEmpty && !(intake.IsFull && intake.IsRefused(series.Name, labelsRefused: false)))
            Add(ref request, series);
    }

    /// <summary>Reads what follows the labels that are known; false when more labels do.</summary>
    private bool TryReadPoints(ref ProtobufReader message)
    {
        intake.BeginSeries();
        while (message.NextField())
        {
            if (message.Tag == (1 << 3 | ProtobufReader.Bytes))
                return false;
            ReadPoint(ref message);
        }
        return true;
    }

    private void ReadPoint(ref ProtobufReader message)
    {
        switch (message.Tag)
        {
            case 2 << 3 | ProtobufReader.Bytes: ReadSample(ref message); break;
            case 3 << 3 | ProtobufReader.Bytes: intake.Exemplars.Add(message.ReadSlice()); break;
            case 4 << 3 | ProtobufReader.Bytes: intake.Histograms.Add(message.ReadSlice()); break;
            default: message.Skip(RemoteWriteSchema.TimeSeries.Known); break;
        }
    }

    private void ReadNewSeries(ref ProtobufReader request, WireSlice slice, ReadOnlySpan<byte> wire, int leading)
    {
        var message = request.Open(slice, 1);
        var labels = default(SeriesLabels);
        var count = 0;
        intake.Labels.Begin();
        intake.BeginSeries();
        while (message.NextField())
        {
            if (message.Tag == (1 << 3 | ProtobufReader.Bytes))
            {
                ReadLabel(ref message, ref labels);
                count++;
            }
            else
            {
                ReadPoint(ref message);
            }
        }
        if (message.Failed)
            return;
        var name = message.Span(labels.Name);
        if (intake.IsEmpty || intake.IsRefused(name, labels.Refused)
            || !intake.TryAddMapped(name, message.Span(labels.Instance), message.Span(labels.Job), labels.HasNode, labels.HasService))
            return;
        var series = intake.Labels.Intern(interner);
        if (count == leading)
            Follow(interner.AddWire(wire, series));
        Add(ref request, series);
    }

    private void ReadLabel(ref ProtobufReader parent, ref SeriesLabels labels)
    {
        var slice = parent.ReadSlice();
        var message = parent.Open(slice, 1);
        ReadPair(ref message, out var name, out var value);
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
        labels.Refused |= Ascii.IsValid(parent.Span(slice)) ? !intake.Labels.TrySetAscii(text, given) : !intake.Labels.TrySet(text, given);
    }

    private static void ReadPair(ref ProtobufReader message, out WireSlice name, out WireSlice value)
    {
        (name, value) = (default, default);
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes: name = message.ReadSlice(); break;
                case 2 << 3 | ProtobufReader.Bytes: value = message.ReadSlice(); break;
                default: message.Skip(RemoteWriteSchema.Label.Known); break;
            }
        }
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
        intake.Points.Add((millis, value));
    }

    private void Add(ref ProtobufReader request, InternedSeries series)
    {
        var (kind, unit) = _families.IsEmpty ? default : _families.Find(series.Name);
        intake.AddSamples(series, kind, request.Span(unit));
        if (intake.Histograms.Count > 0)
            intake.AddHistograms(ref request, series, request.Span(unit));
        foreach (var exemplar in intake.Exemplars)
            AddExemplar(request.Open(exemplar, 2), series, request.Span(unit));
    }

    private void AddExemplar(ProtobufReader message, InternedSeries series, ReadOnlySpan<byte> unit)
    {
        double value = 0;
        long millis = 0;
        intake.Exemplar.Begin();
        while (message.NextField())
        {
            switch (message.Tag)
            {
                case 1 << 3 | ProtobufReader.Bytes:
                    var label = message.ReadMessage();
                    ReadPair(ref label, out var name, out var text);
                    if (!label.Failed)
                        intake.Exemplar.AddLabel(label.Span(name), label.Span(text));
                    break;
                case 2 << 3 | ProtobufReader.Fixed64: value = message.ReadDouble(); break;
                case 3 << 3 | ProtobufReader.Varint: millis = (long)message.ReadVarint(); break;
                default: message.Skip(0b1110); break;
            }
        }
        if (!message.Failed)
            intake.AddExemplar(series, millis, value, unit);
    }

    private struct SeriesLabels
    {
        public WireSlice Name, Instance, Job;
        public bool HasNode, HasService, Refused;
    }
}
