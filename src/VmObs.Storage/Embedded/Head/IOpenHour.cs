using VmObs.Storage.Embedded.Hours;

namespace VmObs.Storage.Embedded.Head;

/// <summary>An hour that still takes records, as sealing sees it.</summary>
internal interface IOpenHour
{
    /// <summary>The file that it becomes.</summary>
    HourFile Name { get; }

    /// <summary>When the hour's first data arrived.</summary>
    long FirstArrivalUnixNanos { get; }

    /// <summary>When the hour's latest data arrived.</summary>
    long LastArrivalUnixNanos { get; }
}
