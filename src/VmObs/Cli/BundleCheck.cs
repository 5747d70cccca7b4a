using System.Text.Json;
using VmObs.Cli.Output;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Proofs;

namespace VmObs.Cli;

/// <summary>vm-obs verify FILE: checks a bundle offline, and says in words what it proves and what not.</summary>
internal sealed class BundleCheck(Terminal terminal)
{
    public async Task<int> RunAsync(string file, string? vkey, bool isJson)
    {
        if (vkey is null)
            throw new CliException(ExitCodes.Usage, "--vkey: not given, want the log's key (`vm-obs root --vkey`), from somebody other than the one who made the bundle");
        var verdict = BundleVerifier.Verify(Read(file), KeyOf(vkey));
        if (isJson)
            await terminal.Out.WriteLineAsync(ToJson(verdict));
        else
            await WriteAsync(file, verdict);
        await terminal.Out.FlushAsync();
        return verdict.Fault is null ? ExitCodes.Ok : ExitCodes.Findings;
    }

    private async Task WriteAsync(string file, ProofVerdict verdict)
    {
        if (verdict.Fault is { } fault)
        {
            await terminal.Out.WriteLineAsync($"{file}: proves nothing: {Terminal.Plain(fault)}");
            return;
        }
        await terminal.Out.WriteLineAsync($"{file}: verified");
        await terminal.Out.WriteLineAsync("proven, if the key is the log's:");
        foreach (var statement in verdict.Proven)
            await terminal.Out.WriteLineAsync($"  - {Terminal.Plain(statement)}");
        await terminal.Out.WriteLineAsync("not proven:");
        foreach (var statement in verdict.NotProven)
            await terminal.Out.WriteLineAsync($"  - {Terminal.Plain(statement)}");
    }

    private static byte[] Read(string path)
    {
        try
        {
            // At most one byte more than a bundle may have, whatever lies there.
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);
            var bytes = new byte[(int)Math.Min(file.Length, ProofBundle.MaxBytes + 1)];
            file.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliException(ExitCodes.Usage, $"{error.Message} Want a bundle that `vm-obs proof` made; a data folder is named with --data");
        }
    }

    private static NoteKey KeyOf(string vkey)
    {
        try
        {
            return NoteKey.Parse(vkey.Trim());
        }
        catch (FormatException error)
        {
            throw new CliException(ExitCodes.Usage, $"--vkey: {error.Message}");
        }
    }

    private static string ToJson(ProofVerdict verdict)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteBoolean("verified"u8, verdict.Fault is null);
            if (verdict.Fault is { } fault)
                json.WriteString("fault"u8, fault);
            Write(json, "proven", verdict.Proven);
            Write(json, "not_proven", verdict.NotProven);
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<string> statements)
    {
        json.WriteStartArray(name);
        foreach (var statement in statements)
            json.WriteStringValue(statement);
        json.WriteEndArray();
    }
}
