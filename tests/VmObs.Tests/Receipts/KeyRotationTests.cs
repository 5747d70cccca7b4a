using System.Text;
using VmObs.Ledger.Checkpoints;
using VmObs.Receipts;
using VmObs.Storage.Disk;
using VmObs.Tests.Support;
using VmObs.Verify;

namespace VmObs.Tests.Receipts;

public sealed class KeyRotationTests : IDisposable
{
    private readonly LedgerFolder _folder = new();

    private string SecretPath => Path.Combine(_folder.Path, SigningKey.SecretFile);

    private string NextPath => Path.Combine(_folder.Path, SigningKey.NextFile);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_scroll_begins_with_one_receipt_of_its_key()
    {
        for (var start = 0; start < 2; start++)
        {
            await using var ledger = _folder.Open();
            await ledger.ReceiptKeyCreationAsync(TestContext.Current.CancellationToken);
            Assert.Equal(1, ledger.Size);
            var receipt = Encoding.UTF8.GetString(ledger.Reader.Read(0));
            Assert.Contains("\"operation_type\":\"key_created\"", receipt, StringComparison.Ordinal);
            Assert.Contains($"\"key\":\"{ledger.PublicKey.ToVerifierKey()}\"", receipt, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task After_a_rotation_the_new_key_signs_and_every_earlier_one_verifies_the_folder()
    {
        var keys = new List<NoteKey>();
        await using (var ledger = _folder.Open())
        {
            keys.Add(ledger.PublicKey);
            for (var i = 0; i < 2; i++)
            {
                await ledger.HourSealedAsync(_folder.LogHour(i), TestContext.Current.CancellationToken);
                keys.Add(await RotateAsync(ledger));
                Assert.Equal(keys[^1], ledger.PublicKey);
                Assert.True(SignedNote.Parse(ledger.Root).IsSignedBy(keys[^1]));
                Assert.Equal(i + 1, ledger.Rotations.Count);
            }
            await ledger.HourSealedAsync(_folder.LogHour(2), TestContext.Current.CancellationToken);
        }
        foreach (var key in keys)
            AssertVerifies(key);
        await using (var reopened = _folder.Open())
        {
            Assert.Equal((5, keys[2]), (reopened.Size, reopened.PublicKey));
            Assert.Equal([1L, 3L], reopened.Rotations.Select(rotation => rotation.Statement.Seq));
            Assert.Equal(keys[0], reopened.Rotations[0].By);
        }
        Assert.False(File.Exists(NextPath));
        Assert.Equal(keys[2], NoteKey.Parse(File.ReadAllText(Path.Combine(_folder.Path, SigningKey.PublicFile))));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(SecretPath));
    }

    [Fact]
    public async Task Every_failing_change_of_a_rotation_leaves_a_folder_that_verifies_starts_and_rotates()
    {
        var changes = 0;
        for (var failAt = 0; failAt <= changes; failAt++)
        {
            foreach (var point in Enum.GetValues<FailurePoint>())
            {
                using var folder = new LedgerFolder();
                NoteKey first;
                await using (var ledger = folder.Open(new FailingDisk(int.MaxValue, point)))
                {
                    first = ledger.PublicKey;
                    await ledger.HourSealedAsync(folder.LogHour(0), TestContext.Current.CancellationToken);
                }
                var disk = new FailingDisk(changes == 0 ? int.MaxValue : failAt, point);
                var rotated = await RotateUntilFailureAsync(folder, disk);
                if (changes == 0)
                {
                    changes = disk.Changes;
                    Assert.NotNull(rotated);
                    // Secret, line, ROOT, public half, secret in its place; and the receipt after it.
                    Assert.InRange(changes, 20, 100);
                }
                var where = $"change {failAt} {point}";
                AssertVerifies(folder, first, where);
                await using (var ledger = folder.Open(new FailingDisk(int.MaxValue, point)))
                {
                    Assert.True(rotated is null || rotated.Equals(ledger.PublicKey), where);
                    Assert.Equal(ledger.Rotations.Count == 0 ? first : ledger.Rotations[^1].Statement.Key, ledger.PublicKey);
                    Assert.False(File.Exists(Path.Combine(folder.Path, SigningKey.NextFile)), where);
                    await RotateAsync(ledger);
                    await ledger.HourSealedAsync(folder.LogHour(1), TestContext.Current.CancellationToken);
                }
                AssertVerifies(folder, first, where);
                Assert.True(folder.Verify().Verified, where);
            }
        }
    }

    [Fact]
    public async Task A_rotation_that_the_disk_refuses_can_be_asked_for_again_with_the_same_key()
    {
        var disk = new RefusingDisk();
        await using var ledger = _folder.Open(disk);
        var first = ledger.PublicKey;
        var refused = ledger.PrepareKey();
        // The line may be on disk, and may not: its secret must stay.
        disk.Refuses = (operation, path) => operation == "sync" && path == _folder.JsonlPath;
        await Assert.ThrowsAsync<IOException>(() => ledger.RotateKeyAsync(refused));
        Assert.Equal(first, ledger.PublicKey);
        Assert.True(File.Exists(NextPath));
        disk.Refuses = (_, _) => false;
        await ledger.HourSealedAsync(_folder.LogHour(0), TestContext.Current.CancellationToken);
        Assert.True(SignedNote.Parse(ledger.Root).IsSignedBy(first));
        Assert.Equal(refused, await RotateAsync(ledger));
        AssertVerifies(first);
    }

    [Fact]
    public async Task No_other_key_is_made_while_the_one_before_is_not_in_its_place()
    {
        var disk = new RefusingDisk();
        await using (var ledger = _folder.Open(disk))
        {
            disk.Refuses = (operation, path) => operation == "rename" && path == NextPath;
            var next = ledger.PrepareKey();
            await Assert.ThrowsAsync<IOException>(() => ledger.RotateKeyAsync(next));
            Assert.Equal(next, ledger.PublicKey);
            Assert.Contains("not finished", Assert.Throws<IOException>(() => ledger.PrepareKey()).Message, StringComparison.Ordinal);
            disk.Refuses = (_, _) => false;
            await ledger.HourSealedAsync(_folder.LogHour(0), TestContext.Current.CancellationToken);
            Assert.False(File.Exists(NextPath));
            await RotateAsync(ledger);
        }
        Assert.True(_folder.Verify().Verified);
    }

    [Fact]
    public async Task A_secret_that_is_not_the_one_in_force_starts_nothing()
    {
        var before = Array.Empty<byte>();
        await using (var ledger = _folder.Open())
        {
            before = File.ReadAllBytes(SecretPath);
            await RotateAsync(ledger);
        }
        File.WriteAllBytes(SecretPath, before);
        Assert.Contains("not the public half", Assert.Throws<IOException>(() => _folder.Open()).Message, StringComparison.Ordinal);
        // An old pair, as from a backup of before the rotation.
        File.WriteAllText(Path.Combine(_folder.Path, SigningKey.PublicFile), NoteKey.Create("example.org/scroll", NoteSigner.PublicKeyOf(SecretKeyFile.Parse(Encoding.ASCII.GetString(before)))).ToVerifierKey() + "\n");
        var error = Assert.Throws<IOException>(() => _folder.Open());
        Assert.Contains("which signs the scroll now", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Encoding.ASCII.GetString(before).Trim(), error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_forged_rotation_starts_nothing_and_is_found_at_its_line()
    {
        NoteKey first;
        await using (var ledger = _folder.Open())
        {
            first = ledger.PublicKey;
            await RotateAsync(ledger);
        }
        // Who has the folder makes the scroll anew with a rotation to a key of his own, and signs with it.
        using var thief = new NoteSigner(first.Name, new byte[32]);
        var scroll = new VmObs.Ledger.Receipts.ReceiptScroll();
        var note = Encoding.UTF8.GetString(thief.Sign(new VmObs.Ledger.Keys.KeyRotation(first.Name, 0, scroll.Blake3Root, thief.PublicKey).ToText())).Replace("\n", "\\n", StringComparison.Ordinal);
        var line = scroll.Append(Encoding.UTF8.GetBytes(
            $$"""{"seq":0,"type":"obs_operation","operation_type":"key_rotation","key":"{{thief.PublicKey.ToVerifierKey()}}","previous_key":"{{first.ToVerifierKey()}}","note":"{{note}}"}"""));
        File.WriteAllBytes(_folder.JsonlPath, [.. line, (byte)'\n']);
        File.WriteAllBytes(_folder.RootPath, thief.Sign(new Checkpoint(first.Name, 1, scroll.Sha256Root, scroll.Blake3Root).ToText()));
        Assert.Contains("line 1 at byte 0: key rotation: found no signature", Assert.Throws<DamagedLedgerException>(() => _folder.Open()).Message, StringComparison.Ordinal);
        var report = new StringWriter();
        Assert.False(FolderCheck.Run(_folder.Path, first, report));
        Assert.Contains("line 1 at byte 0: key rotation: found no signature", report.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_of_the_environment_signs_is_in_no_file_and_is_not_rotated()
    {
        byte[] seed = [.. Enumerable.Range(100, 32).Select(i => (byte)i)];
        var options = new LedgerOptions(_folder.Path) { Origin = "example.org/scroll", SigningSeed = seed };
        await using (var ledger = _folder.Open(options: options))
        {
            Assert.False(ledger.CanRotate);
            Assert.Equal(NoteSigner.PublicKeyOf(seed), ledger.PublicKey.Bytes.ToArray());
            await ledger.HourSealedAsync(_folder.LogHour(0), TestContext.Current.CancellationToken);
        }
        Assert.False(File.Exists(SecretPath));
        Assert.True(_folder.Verify().Verified);
        Assert.Contains(SigningKey.Variable, Assert.Throws<DamagedLedgerException>(() => _folder.Open()).Message, StringComparison.Ordinal);
        var other = Assert.Throws<IOException>(() => _folder.Open(options: options with { SigningSeed = new byte[32] }));
        Assert.Contains($"not the public half of {SigningKey.Variable}", other.Message, StringComparison.Ordinal);
        await _folder.Open(options: options).DisposeAsync();
    }

    private static async Task<NoteKey> RotateAsync(ObservabilityLedger ledger)
    {
        var next = ledger.PrepareKey();
        await ledger.RotateKeyAsync(next);
        return next;
    }

    private static async Task<NoteKey?> RotateUntilFailureAsync(LedgerFolder folder, FailingDisk disk)
    {
        NoteKey? rotated = null;
        try
        {
            await using var ledger = folder.Open(disk);
            rotated = await RotateAsync(ledger);
            await ledger.HourSealedAsync(folder.LogHour(1), TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            Assert.True(disk.HasFailed);
        }
        return rotated;
    }

    private void AssertVerifies(NoteKey key) => AssertVerifies(_folder, key, "");

    private static void AssertVerifies(LedgerFolder folder, NoteKey key, string where)
    {
        var report = new StringWriter();
        FolderCheck.Run(folder.Path, key, report);
        // A torn last line is what a crash leaves, and what the next start cuts.
        Assert.DoesNotContain(report.ToString().Split('\n'), line => line.Contains(": found", StringComparison.Ordinal) && !line.Contains("without a newline", StringComparison.Ordinal));
        Assert.True(report.ToString().Contains(", 0 findings", StringComparison.Ordinal) || report.ToString().Contains("without a newline", StringComparison.Ordinal), $"{where}: {report}");
    }
}
