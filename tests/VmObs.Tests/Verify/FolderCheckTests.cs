using System.Text;
using VmObs.Ledger.Checkpoints;
using VmObs.Ledger.Receipts;
using VmObs.Receipts;
using VmObs.Tests.Receipts;
using VmObs.Verify;

namespace VmObs.Tests.Verify;

public sealed class FolderCheckTests : IDisposable
{
    private readonly LedgerFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_changed_and_a_missing_file_are_found_at_the_receipt_that_names_them()
    {
        await using (var ledger = _folder.Open())
        {
            for (var i = 0; i < 3; i++)
                await ledger.HourSealedAsync(_folder.LogHour(i), TestContext.Current.CancellationToken);
        }
        var changed = _folder.LogHour(1);
        File.WriteAllText(Path.Combine(_folder.Path, changed.StoragePath), "other lines");
        File.Delete(Path.Combine(_folder.Path, _folder.LogHour(2).StoragePath));
        var (verified, report) = _folder.Verify();
        var lines = report.Split('\n');
        Assert.False(verified);
        Assert.Matches($"line 2: {changed.StoragePath}: found content_hash blake3:[0-9a-f]{{64}}, expected blake3:{changed.ContentHash}", lines[0]);
        Assert.Contains("line 3: telemetry/logs/2025-12-06/hour-16.jsonl.gz: not there", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("3 receipts, 3 sealed files, 2 findings", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_scroll_and_a_missing_root_are_found()
    {
        await using (var ledger = _folder.Open())
            await ledger.HourSealedAsync(_folder.LogHour(0), TestContext.Current.CancellationToken);
        var root = File.ReadAllBytes(_folder.RootPath);
        File.Delete(_folder.RootPath);
        Assert.Contains("ROOT.observability.txt: not there", _folder.Verify().Report, StringComparison.Ordinal);
        File.WriteAllBytes(_folder.RootPath, root);
        File.Delete(_folder.JsonlPath);
        Assert.Contains("expected 1 as ROOT says", _folder.Verify().Report, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"../outside\"", "leads out of the data folder")]
    [InlineData("7", "not there")]
    [InlineData("\"keys\"", "not there")]
    public void A_path_that_names_no_file_of_the_folder_is_found(string storagePath, string expected)
    {
        var scroll = new ReceiptScroll();
        var line = scroll.Append(Encoding.UTF8.GetBytes($$"""{"seq":0,"storage_path":{{storagePath}},"content_hash":7}"""));
        using var signer = new NoteSigner("example.org/scroll", new byte[32]);
        Directory.CreateDirectory(Path.GetDirectoryName(_folder.JsonlPath)!);
        Directory.CreateDirectory(Path.Combine(_folder.Path, "keys"));
        File.WriteAllBytes(_folder.JsonlPath, [.. line, (byte)'\n']);
        File.WriteAllBytes(_folder.RootPath, signer.Sign(new Checkpoint("example.org/scroll", 1, scroll.Sha256Root, scroll.Blake3Root).ToText()));
        var report = new StringWriter();
        Assert.False(FolderCheck.Run(_folder.Path, signer.PublicKey, report));
        Assert.Contains(expected, report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_without_any_newline_is_a_finding_and_fills_no_memory()
    {
        await _folder.Open().DisposeAsync();
        await File.WriteAllBytesAsync(_folder.JsonlPath, new byte[5 * 1024 * 1024], TestContext.Current.CancellationToken);
        Assert.Contains("line 1 at byte 0: found 1048576 bytes", _folder.Verify().Report, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_is_none_cannot_be_checked()
    {
        using var signer = new NoteSigner("example.org/scroll", new byte[32]);
        Assert.Throws<IOException>(() => FolderCheck.Run(Path.Combine(_folder.Path, "none"), signer.PublicKey, TextWriter.Null));
    }
}
