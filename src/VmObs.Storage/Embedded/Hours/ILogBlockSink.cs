namespace VmObs.Storage.Embedded.Hours;

/// <summary>Gets the text of each block while the writer or a reader of a log file has it.</summary>
internal interface ILogBlockSink
{
    /// <summary>A block was closed, or read, behind those before it.</summary>
    /// <param name="text">Its lines; borrowed for the call.</param>
    void Closed(ReadOnlySpan<byte> text);
}
