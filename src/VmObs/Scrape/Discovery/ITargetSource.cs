namespace VmObs.Scrape.Discovery;

/// <summary>Targets with the same origin.</summary>
/// <param name="Source">"static/0", "/etc/targets/web.json:0".</param>
/// <param name="Targets">Label sets before relabelling, each with __address__.</param>
internal sealed record TargetGroup(string Source, IReadOnlyList<IReadOnlyDictionary<string, string>> Targets);

/// <summary>Finds targets, and goes on looking.</summary>
internal interface ITargetSource
{
    /// <summary>Calls back with all its groups at once at first and whenever they change, until it is told to end.</summary>
    Task RunAsync(Action<IReadOnlyList<TargetGroup>> changed, CancellationToken cancellationToken);
}
