using VmObs.Backup;
using VmObs.Receipts;
using VmObs.Storage.Disk;
using VmObs.Tests.Receipts;
using VmObs.Tests.Support;
using VmObs.Verify;

namespace VmObs.Tests.Backup;

public sealed class FolderBackupTests : IDisposable
{
    private readonly LedgerFolder _folder = new();
    private readonly TemporaryFolder _place = new();

    private string Copy => Path.Combine(_place.Path, "copy");

    public void Dispose()
    {
        _folder.Dispose();
        _place.Dispose();
    }

    [Fact]
    public async Task A_backup_has_no_secret_verifies_and_says_at_a_start_what_to_do()
    {
        await FillAsync();
        await new FolderBackup(_folder.Path, Copy).RunAsync(TestContext.Current.CancellationToken);
        Assert.Equal([SigningKey.PublicFile], Directory.EnumerateFiles(Path.Combine(Copy, "keys")).Select(path => Path.GetRelativePath(Copy, path)));
        var report = new StringWriter();
        Assert.True(FolderCheck.Run(Copy, await KeyAsync(), report), report.ToString());
        var error = Assert.Throws<DamagedLedgerException>(() => Open());
        Assert.Contains($"{SigningKey.SecretFile}: not there", error.Message, StringComparison.Ordinal);
        Assert.Contains($"its content into {SigningKey.Variable}", error.Message, StringComparison.Ordinal);
        File.Copy(Path.Combine(_folder.Path, SigningKey.SecretFile), Path.Combine(Copy, SigningKey.SecretFile));
        await Open().DisposeAsync();
    }

    [Fact]
    public async Task A_backup_with_secrets_goes_on_by_itself()
    {
        await FillAsync();
        await new FolderBackup(_folder.Path, Copy) { WithSecrets = true }.RunAsync(TestContext.Current.CancellationToken);
        Assert.True(File.Exists(Path.Combine(Copy, SamplingKey.RelativePath)));
        await using var ledger = Open();
        Assert.Equal(1, ledger.Size);
    }

    private async Task FillAsync()
    {
        await using var ledger = _folder.Open();
        await ledger.HourSealedAsync(_folder.LogHour(0), TestContext.Current.CancellationToken);
        SamplingKey.Under(DiskFolder.Posix, _folder.Path, []);
    }

    private async Task<VmObs.Ledger.Checkpoints.NoteKey> KeyAsync()
    {
        await using var ledger = _folder.Open();
        return ledger.PublicKey;
    }

    private ObservabilityLedger Open() => ObservabilityLedger.Open(new LedgerOptions(Copy), DiskFolder.Posix, _folder.Time);
}
