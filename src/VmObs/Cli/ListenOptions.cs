using System.CommandLine;
using VmObs.Serve;

namespace VmObs.Cli;

/// <summary>Where an engine is to listen.</summary>
internal sealed class ListenOptions
{
    public const string DefaultMain = "127.0.0.1:7080";

    public Option<string> Main { get; } = Address("--listen", "Where the API listens.", DefaultMain);

    public Option<string> OtlpGrpc { get; } = Address("--otlp-grpc", "Where OTLP over gRPC listens.", "127.0.0.1:4317");

    public Option<string> OtlpHttp { get; } = Address("--otlp-http", "Where OTLP over HTTP listens.", "127.0.0.1:4318");

    /// <summary>The addresses that were asked for; those that cannot be read are added to the errors.</summary>
    public FrontAddresses Read(ParseResult parsed, List<string> errors) =>
        new(ReadAddress(parsed, Main, errors), ReadAddress(parsed, OtlpHttp, errors), ReadAddress(parsed, OtlpGrpc, errors));

    /// <summary>Prints where an engine listens, one address a line.</summary>
    public static async Task PrintAsync(Engine engine, TextWriter output)
    {
        foreach (var (name, url) in engine.Addresses)
            await output.WriteLineAsync($"{name} {url}");
        await output.FlushAsync();
    }

    private static ListenAddress ReadAddress(ParseResult parsed, Option<string> option, List<string> errors)
    {
        if (ListenAddress.Parse(parsed.GetValue(option)!, out var address) is { } wrong)
            errors.Add($"{option.Name}: {wrong}");
        return address!;
    }

    private static Option<string> Address(string name, string description, string otherwise) =>
        new(name) { Description = description, DefaultValueFactory = _ => otherwise, HelpName = "HOST:PORT" };
}
