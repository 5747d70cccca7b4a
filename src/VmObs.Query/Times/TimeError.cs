namespace VmObs.Query.Times;

/// <summary>Why a time, a duration or a range could not be read: the caller's fault.</summary>
/// <param name="Where">Which one: "from", "last".</param>
/// <param name="Got">The text as given.</param>
/// <param name="Wanted">What can stand there, with a suggestion where one is near.</param>
public sealed record TimeError(string Where, string Got, string Wanted)
{
    /// <summary>One line for a person.</summary>
    public override string ToString() => $"{Where}: got \"{Got}\", want {Wanted}";
}
