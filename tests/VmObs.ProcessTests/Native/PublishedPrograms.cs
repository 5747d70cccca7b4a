using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;

namespace VmObs.ProcessTests.Native;

/// <summary>What <c>./vm-obs publish DIR</c> makes.</summary>
public sealed class PublishedPrograms : IAsyncLifetime
{
    // Compiling to native code takes a minute of two processors.
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(20);

    private readonly TemporaryFolder _folder = new();

    /// <summary>What it printed.</summary>
    internal ProgramRun Publishing { get; private set; } = null!;

    internal string VmObs => PathOf("publish/vm-obs");

    internal string VmObsVerify => PathOf("publish/vm-obs-verify");

    internal string PathOf(string relative) => Path.Combine(_folder.Path, relative);

    public async ValueTask InitializeAsync() =>
        Publishing = (await ProgramRun.OfAsync(Path.Combine(Programs.RepositoryRoot, "vm-obs"), ["publish", PathOf("publish")], limit: s_limit)).Succeeded();

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }
}
