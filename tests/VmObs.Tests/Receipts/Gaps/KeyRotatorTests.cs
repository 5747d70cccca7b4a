using VmObs.Ledger.Checkpoints;
using VmObs.Receipts.Gaps;
using VmObs.Storage.Disk;
using VmObs.Tests.Support;
using VmObs.Verification;
using VmObs.Verify;

namespace VmObs.Tests.Receipts.Gaps;

public sealed class KeyRotatorTests
{
    [Fact]
    public async Task After_a_rotation_head_is_signed_by_the_new_key_alone()
    {
        await using var folder = await GapFolder.BegunAsync();
        var first = folder.Ledger.PublicKey;
        using var rotator = Rotator(folder);
        var next = await rotator.RotateAsync();
        var head = SignedNote.Parse(File.ReadAllBytes(folder.HeadPath));
        Assert.Equal((false, true), (head.IsSignedBy(first), head.IsSignedBy(next)));
        Assert.Empty(DataFolderVerifier.Run(folder.Folder.Path, first, VerificationDepth.Records).Findings);
        // A head of a key that was rotated away is none.
        using var old = new NoteSigner(first.Name, new byte[32]);
        File.WriteAllBytes(folder.HeadPath, old.Sign(head.Text));
        Assert.Contains(DataFolderVerifier.Run(folder.Folder.Path, first, VerificationDepth.Records).Findings, finding => finding.Contains($"found no signature of {next}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task While_a_rotation_is_refused_head_holds_whichever_key_comes_to_sign()
    {
        var disk = new RefusingDisk();
        await using var folder = new GapFolder { Disk = disk };
        await folder.RestartAsync();
        var first = folder.Ledger.PublicKey;
        using var rotator = Rotator(folder);
        disk.Refuses = (operation, path) => operation == "write" && path == folder.Folder.JsonlPath;
        await Assert.ThrowsAsync<IOException>(rotator.RotateAsync);
        var head = SignedNote.Parse(File.ReadAllBytes(folder.HeadPath));
        Assert.Equal((true, 2), (head.IsSignedBy(first), head.Signatures.Count));
        disk.Refuses = (_, _) => false;
        await rotator.RotateAsync();
        Assert.Empty(DataFolderVerifier.Run(folder.Folder.Path, first, VerificationDepth.Records).Findings);
    }

    [Fact]
    public async Task While_a_backup_is_made_the_key_stays()
    {
        await using var folder = await GapFolder.BegunAsync();
        var first = folder.Ledger.PublicKey;
        using var rotator = Rotator(folder);
        using (FolderHold.TryTake(folder.Folder.Path))
            await Assert.ThrowsAsync<FolderHeldException>(rotator.RotateAsync);
        Assert.Equal(first, folder.Ledger.PublicKey);
        Assert.NotEqual(first, await rotator.RotateAsync());
    }

    [Fact]
    public async Task Rotations_asked_for_at_once_follow_one_another()
    {
        await using var folder = await GapFolder.BegunAsync();
        var first = folder.Ledger.PublicKey;
        using var rotator = Rotator(folder);
        var keys = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => rotator.RotateAsync()));
        Assert.Equal(5, keys.Distinct().Count());
        Assert.Equal(5, folder.Ledger.Rotations.Count);
        Assert.Empty(DataFolderVerifier.Run(folder.Folder.Path, first, VerificationDepth.Records).Findings);
    }

    [Fact]
    public async Task A_crash_at_any_change_leaves_head_and_root_that_a_start_takes()
    {
        var (begun, changes) = (0, 1);
        for (var after = 0; after <= changes; after++)
        {
            await using var folder = new GapFolder();
            var disk = new FailingDisk(begun == 0 ? int.MaxValue : begun + after, FailurePoint.Persisted);
            folder.Disk = disk;
            await folder.RestartAsync();
            var first = folder.Ledger.PublicKey;
            if (begun == 0)
                begun = disk.Changes;
            using var rotator = Rotator(folder);
            try
            {
                await rotator.RotateAsync();
            }
            catch (IOException)
            {
                Assert.True(disk.HasFailed);
            }
            if (!disk.HasFailed && changes == 1)
                changes = disk.Changes - begun;
            var report = new StringWriter();
            Assert.True(FolderCheck.Run(folder.Folder.Path, first, report), $"change {after}: {report}");
            folder.Disk = new FailingDisk(int.MaxValue, FailurePoint.Persisted);
            await folder.RestartAsync();
            Assert.Empty(DataFolderVerifier.Run(folder.Folder.Path, first, VerificationDepth.Records).Findings);
        }
        Assert.InRange(changes, 30, 100);
    }

    private static KeyRotator Rotator(GapFolder folder) => new(folder.Folder.Path, folder.Ledger, folder.Heartbeat, () => folder.Journal);
}
