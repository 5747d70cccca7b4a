using VmObs.Signals;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Spill;

namespace VmObs.Storage.Embedded.Head;

/// <summary>A part of a trace that is in memory, decided or not.</summary>
/// <param name="Id">The trace.</param>
/// <param name="Hour">The hour of its earliest span.</param>
/// <param name="Spans">Canonical records.</param>
internal readonly record struct TracePartInMemory(TraceId Id, HourId Hour, IReadOnlyList<ReadOnlyMemory<byte>> Spans);

/// <summary>Where all parts of traces are at one moment: each in exactly one of these.</summary>
/// <param name="Memory">In memory.</param>
/// <param name="Runs">Parts of runs.</param>
/// <param name="Files">Sealed files by hour.</param>
internal sealed record TraceView(IReadOnlyList<TracePartInMemory> Memory, IReadOnlyList<RunPart> Runs, IReadOnlyList<HourFile> Files);
