namespace VmObs.Storage.Embedded.Verify;

/// <summary>Names the records in which journal and files differ, where their sums do: both are read once more for the parts that differ.</summary>
/// <remarks>Bounded by a 256th of each hour that differs (<see cref="SearchedParts"/> of <see cref="RecordSums.Parts"/>).</remarks>
internal sealed class DifferenceSearch : IRecordSink
{
    private const int SearchedParts = 16;
    private const int NamedRecords = 20;

    private readonly Dictionary<ComparedHour, (HashSet<int> Parts, int Differing, Dictionary<UInt128, Candidate> Found)> _hours = [];

    public DifferenceSearch(IEnumerable<ComparedHour> hours)
    {
        foreach (var hour in hours)
        {
            var parts = hour.Sums.Differing().ToList();
            if (parts.Count > 0)
                _hours.Add(hour, ([.. parts.Take(SearchedParts)], parts.Count, []));
        }
    }

    /// <summary>The files that differ from the journal.</summary>
    public IReadOnlyCollection<ComparedHour> Hours => _hours.Keys;

    public bool Wants(ComparedHour hour) => _hours.ContainsKey(hour);

    public void Take(ComparedHour hour, UInt128 print, long position, in RecordName name)
    {
        var (parts, _, found) = _hours[hour];
        if (!parts.Contains(RecordSums.PartOf(print)))
            return;
        if (!found.TryGetValue(print, out var candidate))
            found.Add(print, candidate = new Candidate(name.ToString()));
        // Records of the journal come with the position that brought them.
        candidate.Balance += position > 0 ? 1 : -1;
        if (position > 0)
            candidate.Position = position;
    }

    /// <summary>What differs, a line each.</summary>
    public IEnumerable<string> Findings() => _hours.SelectMany(static hour => Describe(hour.Key.Statement, hour.Value.Found.Values, hour.Value.Differing));

    private static IEnumerable<string> Describe(SealedStatement file, IEnumerable<Candidate> candidates, int differing)
    {
        var unequal = candidates.Where(static candidate => candidate.Balance != 0).ToList();
        var added = unequal.Where(static candidate => candidate.Balance < 0).ToLookup(static candidate => candidate.Name).ToDictionary(static name => name.Key, static name => new Queue<Candidate>(name));
        var findings = new List<string>();
        foreach (var missing in unequal.Where(static candidate => candidate.Balance > 0).OrderBy(static candidate => candidate.Position))
        {
            // The same name on both sides is the same record, changed.
            var changed = added.TryGetValue(missing.Name, out var others) && others.TryDequeue(out _);
            findings.Add($"{file.StoragePath}: found {(changed ? "another" : "no")} {missing.Name}, expected the one that journal position {missing.Position} brought: it was {(changed ? "changed" : "dropped")} between journal and seal");
        }
        findings.AddRange(added.Values.SelectMany(static others => others).Select(other =>
            $"{file.StoragePath}: found {other.Name}, expected none: no record of the journal from position {file.From} to {file.To} brought it, it was added between journal and seal"));
        foreach (var finding in findings.Take(NamedRecords))
            yield return finding;
        if (findings.Count == 0 || findings.Count > NamedRecords || differing > SearchedParts)
            yield return $"{file.StoragePath}: found {(findings.Count == 0 ? "other records" : "more records that differ")}, expected those that journal positions {file.From} to {file.To} brought; {differing} of {RecordSums.Parts} parts of the hour differ";
    }

    private sealed class Candidate(string name)
    {
        public string Name => name;

        public int Balance { get; set; }

        public long Position { get; set; }
    }
}
