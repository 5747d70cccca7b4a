namespace VmObs.Storage.Embedded.Verify;

/// <summary>What a sealed hour's receipt says of the journal.</summary>
/// <param name="StoragePath">The file, relative to the data folder.</param>
/// <param name="From">Position of the first record that brought data for it.</param>
/// <param name="To">Position through which the journal was applied when it closed.</param>
/// <param name="IsGone">Whether it has expired as a whole.</param>
public sealed record SealedStatement(string StoragePath, long From, long To, bool IsGone);
