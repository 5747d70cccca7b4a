using VmObs.Folder;

namespace VmObs.Tests.Folder;

public sealed class FolderLockTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vm-obs-test-").FullName;

    [Fact]
    public void A_second_taker_is_refused_with_the_first_ones_pid()
    {
        using var first = FolderLock.Take(_folder);
        var error = Assert.Throws<IOException>(() => FolderLock.Take(_folder));
        Assert.StartsWith($"{_folder}: another engine has this data folder (pid {Environment.ProcessId} on {Environment.MachineName})", error.Message, StringComparison.Ordinal);
        Assert.True(FolderLock.IsHeld(_folder));
    }

    [Fact]
    public void A_lock_that_was_given_back_can_be_taken_again()
    {
        FolderLock.Take(_folder).Dispose();
        Assert.False(FolderLock.IsHeld(_folder));
        FolderLock.Take(_folder).Dispose();
    }

    [Fact]
    public void Who_only_asks_keeps_nobody_from_taking_it()
    {
        FolderLock.Take(_folder).Dispose();
        using var stop = new CancellationTokenSource();
        var asking = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
                FolderLock.IsHeld(_folder);
        }, TestContext.Current.CancellationToken);
        for (var i = 0; i < 2000; i++)
            FolderLock.Take(_folder).Dispose();
        stop.Cancel();
        Assert.False(asking.IsFaulted);
    }

    [Fact]
    public void A_folder_that_was_never_taken_is_free() => Assert.False(FolderLock.IsHeld(_folder));

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
