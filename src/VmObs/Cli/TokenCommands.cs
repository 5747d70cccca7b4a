using System.CommandLine;
using VmObs.Access;
using VmObs.Cli.Output;

namespace VmObs.Cli;

/// <summary>vm-obs token: tokens for the tokens file.</summary>
internal sealed class TokenCommands(Terminal terminal)
{
    private readonly Option<string> _did = new("--did") { Description = "Who will hold it: did:vm:node:brick-01.", Required = true, HelpName = "DID" };
    private readonly Option<string> _scope = new("--scope") { Description = $"What it allows, with commas: {TokenFile.ScopeNames}.", DefaultValueFactory = _ => "ingest", HelpName = "SCOPES" };
    private readonly Option<string?> _node = new("--node") { Description = "The node that its holder speaks for: all that it sends is this node's, whatever it says.", HelpName = "NODE" };

    public Command Create()
    {
        var create = new DocumentedCommand(
            "create", "Makes a token and prints it, then what to put into the tokens file. The token is shown this once and kept nowhere.",
            "vm-obs token create --did did:vm:node:brick-01 --node brick-01", "vm-obs token create --did did:vm:user:sovereign --scope read,operate")
        { _did, _scope, _node };
        create.SetAction(RunAsync);
        return new Command("token", "Tokens for `vm-obs serve --tokens-file` (docs/access.md).") { create };
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (did, scope, node) = (parsed.GetValue(_did)!, parsed.GetValue(_scope)!, parsed.GetValue(_node));
        if (!TokenFile.IsDid(did))
            throw new CliException(ExitCodes.Usage, $"--did: got \"{did}\", want who holds the token, such as did:vm:node:brick-01");
        var names = scope.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (names.Length == 0 || TokenFile.ParseScopes(names) is null)
            throw new CliException(ExitCodes.Usage, $"--scope: got \"{scope}\", want some of {TokenFile.ScopeNames}, with commas");
        if (node is not null && !TokenFile.IsNode(node))
            throw new CliException(ExitCodes.Usage, $"--node: got \"{node}\", want a node's short name such as brick-01");
        var token = SecretText.Create();
        await terminal.Out.WriteLineAsync(
            $$"""
            {{token}}

            tokens:
              - sha256: {{SecretText.Hash(token)}}
                did: "{{did}}"
                scopes: [{{string.Join(", ", names)}}]{{(node is null ? "" : $"\n    node: {node}")}}
            """);
        await terminal.Out.FlushAsync(cancellationToken);
        return ExitCodes.Ok;
    }
}
