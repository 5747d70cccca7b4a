using System.Text.Json;
using VmObs.Cli;
using VmObs.Cli.Output;
using VmObs.Receipts;
using VmObs.Tests.Support;

namespace VmObs.Tests.Cli;

public sealed class KeysCommandTests
{
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();

    [Fact]
    public async Task A_rotated_key_is_listed_exported_and_followed_by_verify()
    {
        await using var front = await EngineFront.StartAsync();
        using var folder = new TemporaryFolder();
        var first = front.Engine.Ledger.PublicKey;
        Assert.Equal(0, await RunAsync(front, "keys", "list"));
        Assert.Matches($@"^{first.Id:x8} +now +the beginning +{System.Text.RegularExpressions.Regex.Escape(first.ToVerifierKey())}$", Rows()[1]);
        Assert.Equal(0, await RunAsync(front, "keys", "rotate", "--output", "json"));
        var next = front.Engine.Ledger.PublicKey;
        Assert.NotEqual(first, next);
        Assert.Contains($"\"key\":\"{next.ToVerifierKey()}\"", Rows()[0].Replace("\\u002B", "+", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync(front, "keys", "list"));
        Assert.Matches($@"^{first.Id:x8} +before", Rows()[1]);
        Assert.Matches($@"^{next.Id:x8} +now +2025-12-06T14:30:00\.000Z +0 ", Rows()[2]);
        Assert.Equal(0, await RunAsync(front, "root", "--vkey"));
        Assert.Equal(next.ToVerifierKey(), Rows()[0]);
        Assert.Equal(0, await RunAsync(front, "query", "--type", "operation"));
        Assert.Contains($"key_rotation  {next.Id:x8} in place of {first.Id:x8}", Rows()[1], StringComparison.Ordinal);

        var file = Path.Combine(folder.Path, "scroll.keys");
        Assert.Equal(0, await RunAsync(front, "keys", "export", "--out", file));
        using var exported = JsonDocument.Parse(File.ReadAllLines(file)[1]);
        Assert.Equal(first.ToVerifierKey(), exported.RootElement.GetProperty("previous_key").GetString());

        foreach (var key in new[] { first, next })
            Assert.Equal(0, await RunAsync("verify", "--data", front.Engine.Folder, "--vkey", key.ToVerifierKey()));
        Assert.Equal(0, await RunAsync("verify", "--data", front.Engine.Folder, "--vkey", first.ToVerifierKey()));
        Assert.Contains($"rotated: {first.Id:x8} leads to {next.ToVerifierKey()}", _out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_is_exported_to_a_file_of_its_owner_with_a_receipt()
    {
        await using var front = await EngineFront.StartAsync();
        using var folder = new TemporaryFolder();
        var key = front.Engine.Ledger.PublicKey.ToVerifierKey();
        var (data, target) = (front.Engine.Folder, Path.Combine(folder.Path, "signing.key"));
        await front.Engine.CloseAsync();
        Assert.Equal(2, await RunAsync("keys", "export", "--secret", "--data", data));
        Assert.Contains("--out: got nothing", _error.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync("keys", "export", "--secret", "--data", data, "--out", target));
        var secret = File.ReadAllText(Path.Combine(data, SigningKey.SecretFile));
        Assert.Equal(secret, File.ReadAllText(target));
        Assert.DoesNotContain(secret.Trim(), _out.ToString() + _error, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(target));
        Assert.Contains("\"operation_type\":\"key_exported\"", File.ReadAllText(Path.Combine(data, ReceiptFile.RelativePath)), StringComparison.Ordinal);
        Assert.Equal(0, await RunAsync("verify", "--data", data, "--vkey", key));
        Assert.Equal(1, await RunAsync("keys", "export", "--secret", "--data", folder.Path, "--out", target + "2"));
    }

    [Fact]
    public async Task A_value_of_the_environment_that_is_no_key_is_refused_and_not_repeated()
    {
        var value = Convert.ToBase64String(new byte[31]);
        Assert.Equal(2, await CommandLine.RunAsync(["serve", "--data", "/nowhere"], new Terminal(_out, _error, name => name == SigningKey.Variable ? value : null, IsPiped: true)));
        Assert.Contains($"{SigningKey.Variable}: got something else, want 32 bytes in base64", _error.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(value, _out.ToString() + _error, StringComparison.Ordinal);
    }

    private string[] Rows() => [.. _out.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(row => row.TrimEnd())];

    private Task<int> RunAsync(EngineFront front, params string[] arguments) => RunWithAsync(front.Main.BaseAddress!.ToString(), arguments);

    private Task<int> RunAsync(params string[] arguments) => RunWithAsync(null, arguments);

    private async Task<int> RunWithAsync(string? server, string[] arguments)
    {
        _out.GetStringBuilder().Clear();
        _error.GetStringBuilder().Clear();
        return await CommandLine.RunAsync(arguments, new Terminal(_out, _error, name => name == "VM_OBS_SERVER" ? server : null, IsPiped: true));
    }
}
