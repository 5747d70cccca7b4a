namespace VmObs.Cli;

/// <summary>What scripts can tell by the exit code; the help text says the same.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;
    public const int Findings = 1;
    public const int Usage = 2;
    public const int NoServer = 3;

    public const string Help = "Exit codes: 0 done; 1 not found, findings, or could not start; 2 usage; 3 the engine cannot be reached or cannot answer.";
}
