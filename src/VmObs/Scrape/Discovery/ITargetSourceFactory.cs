using Microsoft.Extensions.Logging;

namespace VmObs.Scrape.Discovery;

/// <summary>A source of targets as the configuration names it.</summary>
internal interface ITargetSourceFactory
{
    /// <summary>Its entry as it stands in the file: where it did not change, a source goes on while the rest of its job changes.</summary>
    string Fingerprint { get; }

    /// <summary>Makes the source.</summary>
    ITargetSource Create(ILogger log, TimeProvider time);
}
