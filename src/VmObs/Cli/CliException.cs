namespace VmObs.Cli;

/// <summary>A command ends here: what to tell the person, and the exit code.</summary>
internal sealed class CliException(int exitCode, string message) : Exception(message)
{
    public int ExitCode => exitCode;
}
