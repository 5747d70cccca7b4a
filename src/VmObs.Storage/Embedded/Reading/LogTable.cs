using VmObs.Storage.Embedded.Grams;
using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Reading;

/// <summary>A sealed file's block table, parsed, with its gram file.</summary>
internal sealed record LogTable(IReadOnlyList<LogBlock> Blocks, GramReader Grams);
