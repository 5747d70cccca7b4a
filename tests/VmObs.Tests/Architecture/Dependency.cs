namespace VmObs.Tests.Architecture;

/// <summary>One room of a project needs another.</summary>
/// <param name="From">The room that needs.</param>
/// <param name="To">The room that is needed.</param>
/// <param name="Because">The file, line and name that show it.</param>
internal sealed record Dependency(string From, string To, string Because);
