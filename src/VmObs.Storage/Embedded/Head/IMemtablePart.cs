using VmObs.Storage.Embedded.Spill;

namespace VmObs.Storage.Embedded.Head;

/// <summary>One hour's part of a memtable, once it takes no more records.</summary>
internal interface IMemtablePart
{
    /// <summary>What the part holds.</summary>
    RunFacts Facts { get; }

    /// <summary>Writes its entries in ascending order of keys.</summary>
    void WriteTo(RunWriter run);

    /// <summary>From now on readers find its records in the run.</summary>
    void SpilledTo(RunPart run);
}
