using System.CommandLine;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using VmObs.Access;
using VmObs.Cli.Output;
using VmObs.Config;
using VmObs.Receipts;
using VmObs.Serve;

namespace VmObs.Cli;

/// <summary>vm-obs serve: runs the engine until it is told to end.</summary>
internal sealed class ServeCommand(Terminal terminal)
{
    private readonly Option<string> _data = new("--data") { Description = "The data folder; made when missing.", DefaultValueFactory = _ => "./data", HelpName = "DIR" };
    private readonly ListenOptions _listen = new();
    private readonly Option<string?> _config = new("--config") { Description = "The configuration file (docs/configuration.md).", HelpName = "FILE" };

    private readonly Option<string?> _tokens = new("--tokens-file") { Description = "Who may do what (docs/access.md); without it everybody on this host may do everything, and nobody else anything.", HelpName = "FILE" };
    private readonly Option<string?> _certificate = new("--tls-cert") { Description = "Certificate for TLS, PEM, with those between it and its root; read again when it changes.", HelpName = "FILE" };
    private readonly Option<string?> _key = new("--tls-key") { Description = "The certificate's key, PEM.", HelpName = "FILE" };

    public Command Create()
    {
        var serve = new DocumentedCommand(
            "serve", "Runs the engine. Prints its addresses, one a line, once it takes data. Port 0 lets the system choose.",
            "vm-obs serve --data ./data", "vm-obs serve --data /var/lib/vm-obs --config vm-obs.yaml",
            "# for other hosts", "vm-obs serve --listen 0.0.0.0:7080 --tokens-file tokens.yaml --tls-cert cert.pem --tls-key key.pem")
        {
            _data, _listen.Main, _listen.OtlpGrpc, _listen.OtlpHttp, _config, _tokens, _certificate, _key,
        };
        serve.SetAction((parsed, cancellationToken) => RunAsync(parsed, cancellationToken));
        return serve;
    }

    /// <summary>What was asked for.</summary>
    /// <exception cref="CliException">Something of it cannot be used; all of that is said at once.</exception>
    public ServeOptions Read(ParseResult parsed)
    {
        var errors = new List<string>();
        var addresses = _listen.Read(parsed, errors);
        var config = new EngineConfig();
        if (parsed.GetValue(_config) is { } file)
        {
            try
            {
                (config, var findings) = ConfigReader.ReadFile(file);
                errors.AddRange(findings.Select(finding => finding.ToString()));
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                errors.Add($"--config: {error.Message}");
            }
        }
        var security = ReadSecurity(parsed, addresses, errors);
        if (config.Syslog.Tls is not null && security.Certificate is null)
            errors.Add("syslog.tls: got an address, want --tls-cert and --tls-key too: the certificate that it shows");
        // The value goes into no message.
        var variable = terminal.Variable(SigningKey.Variable) is { Length: > 0 } text ? text : null;
        var seed = variable is null ? null : SecretKeyFile.Parse(variable);
        if (variable is not null && seed is null)
            errors.Add($"{SigningKey.Variable}: got something else, want {SecretKeyFile.Bytes} bytes in base64, as keys/observability.key has them; or nothing, and the key is the data folder's own");
        return errors.Count == 0
            ? new ServeOptions(Path.GetFullPath(parsed.GetValue(_data)!), addresses, config) { ConfigFile = parsed.GetValue(_config), Security = security, SigningSeed = seed }
            : throw new CliException(ExitCodes.Usage, string.Join('\n', errors));
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var options = Read(parsed);
        Engine engine;
        try
        {
            engine = await Engine.StartAsync(options, TimeProvider.System, EngineLog.From(LogLevel.Information), cancellationToken);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCodes.Findings, error.Message);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(options.SigningSeed);
        }
        await using (engine)
        {
            await ListenOptions.PrintAsync(engine, terminal.Out);
            var stopping = new TaskCompletionSource();
            await using var registration = engine.Front.Stopping.Register(stopping.SetResult);
            using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
            {
                signal.Cancel = true;
                // What is wrong with the file goes to the log.
                _ = engine.ReloadAsync();
            });
            await stopping.Task;
        }
        return ExitCodes.Ok;
    }

    private FrontSecurity ReadSecurity(ParseResult parsed, FrontAddresses addresses, List<string> errors)
    {
        TokenBook? tokens = null;
        CertificateFiles? certificate = null;
        try
        {
            if (parsed.GetValue(_tokens) is { } file)
            {
                (tokens, var findings) = TokenBook.Open(file);
                errors.AddRange(findings);
            }
            var (certificateFile, keyFile) = (parsed.GetValue(_certificate), parsed.GetValue(_key));
            if (certificateFile is null != keyFile is null)
                errors.Add($"{(keyFile is null ? _key : _certificate).Name}: got nothing, want a file: certificate and key come together");
            else if (certificateFile is not null)
                certificate = CertificateFiles.Open(certificateFile, keyFile!, TimeProvider.System);
        }
        catch (CryptographicException error)
        {
            errors.Add($"{_certificate.Name}: {error.Message.TrimEnd('.')}; want a certificate and its key, both PEM");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            errors.Add(error.Message);
        }
        if (parsed.GetValue(_tokens) is null)
        {
            foreach (var (option, address) in new[] { (_listen.Main, addresses.Main), (_listen.OtlpHttp, addresses.OtlpHttp), (_listen.OtlpGrpc, addresses.OtlpGrpc) })
            {
                if (address is { IsLoopback: false })
                    errors.Add($"{option.Name}: got \"{parsed.GetValue(option)}\", want a loopback address (127.0.0.1, [::1], localhost): one that others reach needs --tokens-file, which says who may do what (docs/access.md)");
            }
        }
        return new FrontSecurity(tokens, certificate);
    }
}
