namespace VmObs.Config;

/// <summary>One thing that is wrong in a configuration file.</summary>
/// <param name="File">The file as it was named.</param>
/// <param name="Line">1-based.</param>
/// <param name="Column">1-based.</param>
/// <param name="Key">The key from the top: "traces.significant.slower_than"; empty for the file as a whole.</param>
/// <param name="Got">What stands there.</param>
/// <param name="Wanted">What can stand there.</param>
internal sealed record ConfigError(string File, long Line, long Column, string Key, string Got, string Wanted)
{
    public override string ToString() => $"{File}:{Line}:{Column}: {(Key.Length == 0 ? "" : Key + ": ")}got {Got}, want {Wanted}";
}
