namespace VmObs.Scrape.Targets;

/// <summary>How a target writes its metrics.</summary>
internal enum ExpositionFormat
{
    Text,
    OpenMetrics,
    Protobuf,
}
