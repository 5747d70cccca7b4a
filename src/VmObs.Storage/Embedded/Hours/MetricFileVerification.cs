using System.Text;
using System.Text.Json;
using VmObs.Ledger.Merkle;
using VmObs.Signals;
using VmObs.Signals.Labels;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;

namespace VmObs.Storage.Embedded.Hours;

/// <summary>Builds a metric file's tree again and checks its order.</summary>
internal sealed class MetricFileVerification(string path) : IDisposable
{
    private readonly HourFindings _findings = new(path);
    private readonly PooledBuffer _scratch = new();
    private readonly MerkleFrontier<Blake3MerkleHash> _tree = new();
    private readonly SortedSet<string> _nodes = new(StringComparer.Ordinal);
    private ReadOnlyMemory<byte> _last;
    private long _samples;

    /// <summary>Takes the next series.</summary>
    public void Series(SeriesSamples series)
    {
        var key = series.Key.Span;
        if (_tree.Size > 0 && key.SequenceCompareTo(_last.Span) <= 0)
            _findings.Add($"series {_tree.Size}", Name(key), $"one that sorts after {Name(_last.Span)}");
        var times = series.TimestampsUnixNanos.Span;
        for (var i = 1; i < times.Length; i++)
        {
            if (times[i] >= times[i - 1])
                continue;
            _findings.Add($"series {_tree.Size}, sample {i}", Rfc3339.Format(times[i]), $"a time not before {Rfc3339.Format(times[i - 1])}");
            break;
        }
        foreach (var (sample, json) in series.Details)
        {
            if (!IsObject(json.Span))
                _findings.Add($"series {_tree.Size}, sample {sample}", $"a detail of {json.Length} bytes that is not one", $"a JSON object of at most {SampleDetail.MaxBytes} bytes");
        }
        _tree.Append(MetricLeaf.Hash(_scratch, key, series.Kind, Encoding.UTF8.GetBytes(series.Unit), times, series.Values.Span, [.. series.Details]));
        if (LabelKey.ValueOf(key, "node"u8) is { IsEmpty: false } node)
            _nodes.Add(Encoding.UTF8.GetString(node));
        _samples += times.Length;
        _last = series.Key;
    }

    /// <summary>What was found in all.</summary>
    public MetricFileCheck ToCheck() => new(_tree.Root(), _tree.Size, _samples, [.. _nodes], _findings.ToList());

    /// <inheritdoc/>
    public void Dispose() => _scratch.Dispose();

    private static bool IsObject(ReadOnlySpan<byte> json)
    {
        if (json.Length > SampleDetail.MaxBytes)
            return false;
        var reader = new Utf8JsonReader(json);
        try
        {
            return reader.Read() && reader.TokenType == JsonTokenType.StartObject && reader.TrySkip() && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Name(ReadOnlySpan<byte> key) => string.Join(',', LabelKey.ToList(key).Select(label => $"{label.Key}={label.Value}"));
}
