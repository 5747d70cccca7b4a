using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;

namespace VmObs.ProcessTests.Launcher;

/// <summary>A repository with the launcher and a program of a few lines in the place of the engine.</summary>
public sealed class LaunchedRepository : IDisposable
{
    // "say WORDS" prints them; "end CODE" ends so; "wait" prints a line and ends with 42 at SIGTERM.
    private const string ProgramText = """
        using System.Runtime.InteropServices;
        switch (args[0])
        {
            case "say":
                Console.WriteLine("GREETING " + string.Join('|', args[1..]));
                return 0;
            case "end":
                return int.Parse(args[1]);
            default:
                using (PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Environment.Exit(42)))
                {
                    Console.WriteLine("waiting");
                    Console.In.ReadToEnd();
                    new ManualResetEvent(false).WaitOne();
                    return 0;
                }
        }
        """;

    private const string ProjectText = """
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <OutputType>Exe</OutputType>
            <TargetFramework>net10.0</TargetFramework>
            <ImplicitUsings>enable</ImplicitUsings>
            <AssemblyName>vm-obs</AssemblyName>
          </PropertyGroup>
        </Project>
        """;

    private readonly TemporaryFolder _folder = new();

    public LaunchedRepository()
    {
        File.Copy(Path.Combine(Programs.RepositoryRoot, "vm-obs"), Launcher);
        Directory.CreateDirectory(Path.Combine(_folder.Path, "src", "VmObs"));
        File.WriteAllText(Path.Combine(_folder.Path, "src", "VmObs", "VmObs.csproj"), ProjectText);
        Greet("hello");
    }

    public string Launcher => Path.Combine(_folder.Path, "vm-obs");

    public string Builds => Path.Combine(_folder.Path, ".build");

    /// <summary>Changes the program's source.</summary>
    public void Greet(string greeting) => WriteProgram(ProgramText.Replace("GREETING", greeting, StringComparison.Ordinal));

    public void WriteProgram(string text) => File.WriteAllText(Path.Combine(_folder.Path, "src", "VmObs", "Program.cs"), text);

    /// <summary>A path in a folder of its own, beside the repository's files.</summary>
    public string Beside(string name) => Path.Combine(Directory.CreateDirectory(Path.Combine(_folder.Path, "elsewhere")).FullName, name);

    public void Dispose() => _folder.Dispose();
}
