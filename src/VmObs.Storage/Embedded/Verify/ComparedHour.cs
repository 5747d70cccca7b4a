using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Verify;

/// <summary>A sealed hour file that is compared with the journal.</summary>
internal sealed class ComparedHour(HourFile name, SealedStatement statement)
{
    private RecordSums? _sums;

    public HourFile Name { get; } = name;

    /// <summary>What its receipt says.</summary>
    public SealedStatement Statement { get; } = statement;

    /// <summary>Classes whose records are gone of the file: they are not looked for.</summary>
    public ExpiryClasses Gone { get; set; }

    /// <summary>Whether journal and file can be compared, as far as is known before the file is read.</summary>
    public bool IsCompared { get; set; }

    /// <summary>Whether all of the file's records were taken.</summary>
    public bool IsRead { get; set; }

    /// <summary>The journal's records less the file's; made when the first one comes, for most hours of a ledger are long gone from the journal.</summary>
    public RecordSums Sums => _sums ??= new RecordSums();
}
