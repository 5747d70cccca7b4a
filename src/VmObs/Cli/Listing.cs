using System.CommandLine;
using VmObs.Cli.Output;

namespace VmObs.Cli;

/// <summary>Shows an answer of JSON documents in the format that was asked for. Streams: an answer of any length takes the same memory.</summary>
/// <param name="Name">Of the table in a Parquet file: "logs".</param>
/// <param name="What">What the documents are: "log records".</param>
/// <param name="Table">The columns for people.</param>
/// <param name="Fields">The columns of csv and parquet, which programs rely on: they stay as they are.</param>
internal sealed record Listing(string Name, string What, IReadOnlyList<TableColumn> Table, IReadOnlyList<OutputColumn> Fields)
{
    /// <summary>What is said where there are no documents.</summary>
    public string WhenEmpty { get; init; } = $"no {What} match";

    /// <summary>What one request may ask for.</summary>
    public int PageItems { get; init; } = 10_000;

    /// <summary>Asks the engine and shows what it answers, page after page.</summary>
    /// <param name="parameters">Without limit and cursor.</param>
    /// <param name="tableLimit">Where none is given, people are shown this many; programs get all.</param>
    public async Task<int> ShowAsync(
        Terminal terminal, ClientOptions options, ParseResult parsed, string path, IReadOnlyList<KeyValuePair<string, string?>> parameters, int tableLimit)
    {
        using var client = options.Connect(parsed);
        var limit = parsed.GetValue(options.Limit) ?? (options.Format(parsed) == OutputFormat.Table ? tableLimit : long.MaxValue);
        var hasMore = false;
        var count = await ShowAsync(terminal, options, parsed, client.ListAsync(path, parameters, limit, more => hasMore = more, PageItems));
        if (hasMore || count == limit)
            await terminal.Error.WriteLineAsync($"stopped at the limit of {count} {What}; there {(hasMore ? "are" : "may be")} more (--limit)");
        return ExitCodes.Ok;
    }

    /// <summary>Shows documents from wherever they come.</summary>
    /// <returns>How many.</returns>
    public async Task<long> ShowAsync(Terminal terminal, ClientOptions options, ParseResult parsed, IAsyncEnumerable<string> lines)
    {
        var format = options.Format(parsed);
        var count = 0L;
        var screen = Pager.Begin(terminal, parsed.GetValue(options.NoPager), out var pager);
        await using (pager)
        {
            using var output = Open(screen, format);
            await foreach (var line in lines)
            {
                count++;
                await output.WriteAsync(line);
            }
            await output.CompleteAsync();
        }
        if (format == OutputFormat.Table && count == 0)
            await terminal.Error.WriteLineAsync(WhenEmpty);
        return count;
    }

    /// <summary>Where documents are written one by one.</summary>
    /// <exception cref="CliException">The format cannot be shown there.</exception>
    public IDocumentOutput Open(Terminal terminal, OutputFormat format) => format switch
    {
        OutputFormat.Table => new TableOutput(terminal, Table),
        OutputFormat.Csv => new CsvOutput(terminal.Out, Fields),
        OutputFormat.Parquet when !terminal.IsPiped => throw new CliException(
            ExitCodes.Usage, $"--output: got \"parquet\" on a terminal, which cannot show it; want it sent to a file: … --output parquet > {Name}.parquet"),
        OutputFormat.Parquet => new ParquetOutput(terminal.OpenBytes(), Name, Fields),
        _ => new JsonLinesOutput(terminal.Out),
    };
}
