using System.Text;
using System.Text.Json;
using VmObs.Import;

namespace VmObs.Tests.Demo;

/// <summary>Takes what a feed sends, and may refuse to from some request on.</summary>
internal sealed class RecordedRequests : IImportTarget
{
    private readonly Lock _lock = new();
    private readonly List<(string Path, string Line)> _lines = [];
    private int _requests;

    /// <summary>How many requests are taken; the next one is refused.</summary>
    public int Takes { get; set; } = int.MaxValue;

    /// <summary>The documents of a signal, by their text.</summary>
    public List<string> Of(string signal)
    {
        lock (_lock)
            return [.. _lines.Where(line => line.Path == "/obs/ingest/" + signal).Select(line => line.Line).Order(StringComparer.Ordinal)];
    }

    public IEnumerable<JsonElement> DocumentsOf(string signal) => Of(signal).Select(line => JsonElement.Parse(line));

    public Task<ImportAnswer> SendAsync(ImportBatch batch, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_requests++ >= Takes)
                throw new ImportRefusedException("no more");
            _lines.AddRange(Encoding.UTF8.GetString(batch.Body.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => (batch.Path, line)));
        }
        return Task.FromResult(new ImportAnswer(0, ""));
    }
}
