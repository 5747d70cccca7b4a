using VmObs.Signals;

namespace VmObs.Storage.Embedded;

/// <summary>Where a log record stands in a sealed file.</summary>
/// <param name="StoragePath">The file, relative to the data folder, with slashes.</param>
/// <param name="Hour">Its hour.</param>
/// <param name="MemberOffset">Where the gzip member with the line begins.</param>
/// <param name="MemberLength">Bytes of the member.</param>
/// <param name="Line">Which line of the member, counted from 0.</param>
public sealed record LogPlace(string StoragePath, HourId Hour, long MemberOffset, int MemberLength, int Line);
