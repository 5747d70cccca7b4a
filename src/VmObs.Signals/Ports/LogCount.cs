using VmObs.Signals.Logs;

namespace VmObs.Signals.Ports;

/// <summary>How many log records of a service have a level.</summary>
/// <param name="Service">Their service.</param>
/// <param name="Level">Their level.</param>
/// <param name="Lines">Their number; at least 1.</param>
public readonly record struct LogCount(string Service, Level Level, long Lines);
