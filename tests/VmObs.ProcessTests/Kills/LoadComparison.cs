using VmObs.ProcessTests.Support;

namespace VmObs.ProcessTests.Kills;

/// <summary>Compares what an engine has, in its files and in its answers, with what the load's senders were told.</summary>
internal static class LoadComparison
{
    private static readonly string[] s_pastHours = [.. Enumerable.Range(11, 3).Select(hour => $"from=2025-12-06T{hour}:00:00Z&to=2025-12-06T{hour + 1}:00:00Z")];

    /// <summary>What was acknowledged is there exactly once, what was not answered is there whole or not at all.</summary>
    /// <param name="load">What was sent.</param>
    /// <param name="engine">The engine that has it.</param>
    /// <param name="http">To ask it.</param>
    /// <param name="isKept">Whether an acknowledged request must be there; without it every one.</param>
    public static async Task AssertKeptAsync(Load load, EngineProcess engine, HttpClient http, Func<LoadRequest, bool>? isKept = null)
    {
        (await ProgramRun.OfVmObsAsync(engine.Url, "seal")).Succeeded(engine.Output);
        var stored = new StoredRecords(engine, http);
        var past = load.Requests.Where(request => !request.IsCurrent).ToList();
        var current = load.Requests.Where(request => request.IsCurrent).ToList();
        Assert.All(new[] { past, current }, requests => Assert.Contains(requests, request => request.Outcome == Outcome.Acknowledged));
        Compare(past, isKept, stored.Sealed(), "sealed files");
        Compare(past, isKept, await stored.AnsweredAsync(LoadRequest.PastService, s_pastHours, past.Where(request => request.IsTrace)), "answers of past hours");
        Compare(current, isKept, await stored.AnsweredAsync(LoadRequest.CurrentService, ["last=3h"], current.Where(request => request.IsTrace)), "answers of this hour");
    }

    private static void Compare(IReadOnlyList<LoadRequest> requests, Func<LoadRequest, bool>? isKept, Dictionary<string, long> found, string where)
    {
        var faults = new List<string>();
        foreach (var request in requests)
        {
            var counts = Enumerable.Range(0, request.Records).Select(record => found.GetValueOrDefault(Key(request, record))).ToList();
            var wanted = request.Outcome switch { Outcome.Acknowledged when isKept?.Invoke(request) != false => counts.TrueForAll(n => n == 1), Outcome.Refused => counts.TrueForAll(n => n == 0), _ => AllOrNothing(counts) };
            if (!wanted)
                faults.Add($"{request.Path} {request.Number}, {request.Outcome}: records are there {string.Join(' ', counts)} times");
        }
        var known = requests.SelectMany(request => Enumerable.Range(0, request.Records).Select(record => Key(request, record))).ToHashSet();
        faults.AddRange(found.Keys.Where(name => !known.Contains(name)).Select(name => $"{name} was never sent"));
        Assert.True(faults.Count == 0, $"{where}: {faults.Count} faults\n{string.Join('\n', faults.Take(20))}");
    }

    private static bool AllOrNothing(List<long> counts) => counts.TrueForAll(n => n == counts[0]) && counts[0] is 0 or 1;

    private static string Key(LoadRequest request, int record) =>
        request.IsMetric ? $"{request.Name(record)} {record}" : request.IsTrace ? $"trace {request.Name(record)}" : request.Name(record);
}
