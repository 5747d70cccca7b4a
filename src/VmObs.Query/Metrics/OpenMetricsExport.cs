using System.Buffers;
using System.Text;
using VmObs.Signals.Labels;
using VmObs.Signals.Metrics;
using VmObs.Signals.Ports;

namespace VmObs.Query.Metrics;

/// <summary>Writes samples in the OpenMetrics text format, with their times: what <c>promtool tsdb create-blocks-from openmetrics</c> takes.</summary>
/// <remarks>
/// Family after family, so that each stands together. A counter or gauge is written as it is read. Of a histogram or summary all samples of one label
/// set and one time stand together, for which as many label sets as <paramref name="heldSamples"/> allows are held at once, and the family is read
/// again for the others. Exemplars and native histograms have no place in it.
/// </remarks>
/// <param name="source">Where samples lie.</param>
/// <param name="heldSamples">How many samples of compound families are held.</param>
public sealed class OpenMetricsExport(IMetricSource source, int heldSamples = 4 * 1024 * 1024)
{
    /// <summary>The format's media type.</summary>
    public const string ContentType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    /// <summary>Writes what a query finds.</summary>
    /// <param name="query">The query.</param>
    /// <param name="output">Gets the text.</param>
    /// <param name="flush">Called after each piece that was written, to send it.</param>
    /// <param name="cancellationToken">Ends it early.</param>
    /// <returns>How many samples were written.</returns>
    public async Task<long> WriteAsync(MetricQuery query, IBufferWriter<byte> output, Func<ValueTask> flush, CancellationToken cancellationToken)
    {
        var metrics = new Dictionary<string, (MetricKind Kind, string Unit)>(StringComparer.Ordinal);
        await foreach (var series in source.ListAsync(query, cancellationToken))
        {
            var name = Encoding.UTF8.GetString(LabelKey.ValueOf(series.Key.Span, "__name__"u8));
            if (!metrics.TryAdd(name, (series.Kind, series.Unit)) && metrics[name].Kind != series.Kind)
                metrics[name] = (MetricKind.Unknown, "");
        }
        using var text = new OpenMetricsOutput(output, flush);
        var written = 0L;
        foreach (var family in MetricFamily.Of(metrics))
        {
            OpenMetricsText.WriteHead(text.Text, family.Name, family.Type, family.Unit);
            var ofFamily = query with { Matchers = [.. query.Matchers, LabelMatcher.OneOf("__name__", family.Metrics)] };
            written += family.IsCompound
                ? await WriteCompoundAsync(ofFamily, text, cancellationToken)
                : await WriteSimpleAsync(ofFamily, text, cancellationToken);
        }
        text.Text.Write(OpenMetricsText.End);
        await text.HandOverAsync();
        return written;
    }

    private async Task<long> WriteSimpleAsync(MetricQuery query, OpenMetricsOutput output, CancellationToken cancellationToken)
    {
        var written = 0L;
        await foreach (var series in source.SelectAsync(query, cancellationToken))
        {
            var lines = new SeriesLines(series.Key.Span);
            for (int from = 0, count; from < series.Values.Length; from += count)
            {
                count = Math.Min(lines.LinesInPiece, series.Values.Length - from);
                lines.Write(output, series.Values.Span.Slice(from, count), series.TimestampsUnixNanos.Span.Slice(from, count));
                await output.OfferAsync();
            }
            written += series.Values.Length;
        }
        return written;
    }

    private async Task<long> WriteCompoundAsync(MetricQuery query, OpenMetricsOutput output, CancellationToken cancellationToken)
    {
        var written = 0L;
        byte[]? from = null;
        do
        {
            var held = new CompoundSeries(from, heldSamples);
            await foreach (var series in source.SelectAsync(query, cancellationToken))
                held.Add(series, query.Budget);
            foreach (var group in held.Groups)
            {
                while (group.WriteNext(output))
                    await output.OfferAsync();
                written += group.Samples;
            }
            held.Release(query.Budget);
            from = held.Left;
        }
        while (from is not null);
        return written;
    }
}
