using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace VmObs.Api;

/// <summary>The engine's own spans and durations of queries and seals.</summary>
internal sealed class QueryTelemetry : IDisposable
{
    /// <summary>Name of the engine's activity source.</summary>
    public const string SourceName = "VmObs";

    private readonly ActivitySource _source = new(SourceName);
    private readonly Histogram<double> _durations;

    public QueryTelemetry(Meter meter) =>
        _durations = meter.CreateHistogram<double>("vmobs_query_duration_seconds", "s", "From the request to its whole answer.");

    /// <summary>Begins a query; disposing it ends it.</summary>
    public Running Begin(string kind) => new(_source.StartActivity($"obs {kind}", ActivityKind.Server), _durations, kind);

    public void Dispose() => _source.Dispose();

    /// <summary>A query that runs.</summary>
    internal sealed class Running(Activity? activity, Histogram<double> durations, string kind) : IDisposable
    {
        private readonly long _started = Stopwatch.GetTimestamp();

        /// <summary>What it has given so far.</summary>
        public int Results { get; set; }

        /// <summary>Bytes that it has read of stored files.</summary>
        public long BytesRead { get; set; }

        public void Dispose()
        {
            durations.Record(Stopwatch.GetElapsedTime(_started).TotalSeconds, new KeyValuePair<string, object?>("query", kind));
            activity?.SetTag("vmobs.results", Results);
            activity?.SetTag("vmobs.bytes_read", BytesRead);
            activity?.Dispose();
        }
    }
}
