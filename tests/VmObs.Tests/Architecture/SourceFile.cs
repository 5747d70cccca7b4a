namespace VmObs.Tests.Architecture;

/// <summary>What the rules look at in one C# file.</summary>
/// <param name="Project">The project's name, which is its root namespace: "VmObs.Storage".</param>
/// <param name="Folder">Relative to the project, with slashes; empty for its root.</param>
/// <param name="Name">The file's name with extension.</param>
/// <param name="Text">All of it.</param>
internal sealed record SourceFile(string Project, string Folder, string Name, string Text)
{
    private SourceOutline? _outline;

    /// <summary>Relative to the project.</summary>
    public string Path => Folder.Length == 0 ? Name : $"{Folder}/{Name}";

    /// <summary>The namespace its folder calls for.</summary>
    public string ExpectedNamespace => Folder.Length == 0 ? Project : $"{Project}.{Folder.Replace('/', '.')}";

    public SourceOutline Outline => _outline ??= SourceOutline.Of(CSharpScanner.Scan(Text));
}
