namespace VmObs.Cli.Output;

/// <summary>Whoever read the answer has seen enough: a pager that was closed, a pipe whose other end has gone. The command ends quietly.</summary>
internal sealed class OutputClosedException(IOException reason) : IOException(reason.Message, reason)
{
    // EPIPE, which .NET hands on as it is.
    private const int BrokenPipe = 32;

    /// <summary>Whether a failed write to standard output says that.</summary>
    public static bool IsSaidBy(IOException error) => error is OutputClosedException || error.HResult == BrokenPipe;
}
