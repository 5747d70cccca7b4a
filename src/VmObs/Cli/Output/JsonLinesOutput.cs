namespace VmObs.Cli.Output;

/// <summary>The documents as they came, one a line.</summary>
internal sealed class JsonLinesOutput(TextWriter output) : IDocumentOutput
{
    public async ValueTask WriteAsync(string line) => await output.WriteLineAsync(line);

    public async ValueTask FlushAsync() => await output.FlushAsync();

    public ValueTask CompleteAsync() => FlushAsync();

    public void Dispose()
    {
    }
}
