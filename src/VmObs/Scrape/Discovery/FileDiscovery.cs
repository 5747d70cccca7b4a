using Microsoft.Extensions.Logging;

namespace VmObs.Scrape.Discovery;

/// <summary>One entry of file_sd_configs.</summary>
/// <param name="Fingerprint">The entry as it stands in the file.</param>
/// <param name="Files">Absolute paths; the name of the last may have * and ?.</param>
/// <param name="RefreshInterval">How often the files are read again, changed or not.</param>
internal sealed record FileDiscovery(string Fingerprint, IReadOnlyList<string> Files, TimeSpan RefreshInterval) : ITargetSourceFactory
{
    public ITargetSource Create(ILogger log, TimeProvider time) => new FileTargetSource(this, log, time);
}
