namespace VmObs.Storage.Embedded.Hours;

/// <summary>What is wrong with a file, each as place, found and expected. Keeps the first ones and counts the rest: a file can be wrong in every line.</summary>
internal sealed class HourFindings(string path)
{
    /// <summary>As many are told one by one.</summary>
    public const int Max = 100;

    private readonly List<string> _findings = [];
    private long _more;

    /// <summary>Notes a finding.</summary>
    public void Add(string place, string found, string expected)
    {
        if (_findings.Count < Max)
            _findings.Add($"{path}: {place}: found {found}, expected {expected}");
        else
            _more++;
    }

    /// <summary>All of them as text.</summary>
    public IReadOnlyList<string> ToList() => _more == 0 ? _findings : [.. _findings, $"{path}: and {_more} more findings"];
}
