using Microsoft.Extensions.Logging;
using VmObs.Scrape.Access;

namespace VmObs.Scrape.Discovery;

/// <summary>One entry of http_sd_configs.</summary>
/// <param name="Fingerprint">The entry as it stands in the file.</param>
/// <param name="Url">What answers with a list of targets.</param>
/// <param name="RefreshInterval">How often it is asked.</param>
/// <param name="Access">How it is asked.</param>
internal sealed record HttpDiscovery(string Fingerprint, Uri Url, TimeSpan RefreshInterval, HttpAccess Access) : ITargetSourceFactory
{
    public ITargetSource Create(ILogger log, TimeProvider time) => new HttpTargetSource(this, log, time);
}
