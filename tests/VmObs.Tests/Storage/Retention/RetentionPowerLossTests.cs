using VmObs.Ledger.Hashing;
using VmObs.Tests.Storage.Faults;
using VmObs.Tests.Support;
using VmObs.Verify;

namespace VmObs.Tests.Storage.Retention;

/// <summary>The power goes after every single disk operation of rounds of retention: afterwards either all of a part is there or its receipt, and a start finishes what was begun.</summary>
public sealed class RetentionPowerLossTests
{
    private const int Lines = 2;

    // Parts of files, parts of a file of which parts are gone, whole files.
    [Theory]
    [InlineData(0, 8)]
    [InlineData(8, 38)]
    [InlineData(8, 403)]
    public async Task A_power_loss_after_any_operation_loses_nothing_that_remains_and_is_made_good(double daysBefore, double days)
    {
        await using var engine = await RetainedHour.SealedAsync(Lines);
        engine.Time.Advance(TimeSpan.FromDays(daysBefore));
        await RetainedHour.ExpireAsync(engine);
        await engine.CloseAsync();
        engine.Time.Advance(TimeSpan.FromDays(days - daysBefore));
        var state = ModelDisk.Of(engine.Folder).State;
        var disk = ModelDisk.Of(engine.Folder);
        engine.Disk = disk;
        await engine.ReopenAsync();
        Assert.NotEmpty(await RetainedHour.ExpireAsync(engine));
        disk.End();
        var images = Images(state, disk.Log).ToList();
        var count = await FaultCases.RunAsync(images.Select(image => ($"after operation {image.After} of {disk.Log.Count}, {disk.Log[image.After - 1]}: {image.Image.Name}", (Func<string, Task>)(async folder =>
        {
            image.Image.WriteTo(engine.Folder, folder);
            await using var after = new EngineFolder(folder);
            after.Time.Advance(TimeSpan.FromDays(days));
            await CheckAsync(after);
        }))));
        Assert.InRange(count, disk.Log.Count / 2, int.MaxValue);
    }

    private static IEnumerable<(int After, DiskImage Image)> Images(DiskState state, IReadOnlyList<DiskOperation> log)
    {
        var seen = new HashSet<Digest>();
        for (var operation = 1; operation <= log.Count; operation++)
        {
            state.Apply(log[operation - 1]);
            foreach (var image in state.Images().Where(image => seen.Add(image.Fingerprint())))
                yield return (operation, image);
        }
    }

    private static async Task CheckAsync(EngineFolder engine)
    {
        await engine.ReopenAsync();
        // What was begun is finished by now, and what was not is as it was.
        var before = await RetainedHour.FoundAsync(engine, Lines);
        Assert.Empty(RetainedHour.Findings(engine));
        Assert.DoesNotContain(RetainedHour.Files(engine), path => path.EndsWith(".next", StringComparison.Ordinal));
        await RetainedHour.ExpireAsync(engine);
        var after = await RetainedHour.FoundAsync(engine, Lines);
        Assert.Equal(RetainedHour.All.Where(name => engine.Time.GetUtcNow() < KeptUntil(name)), after);
        Assert.Empty(after.Except(before));
        Assert.Empty(RetainedHour.Findings(engine));
        var report = new StringWriter();
        Assert.True(FolderCheck.Run(engine.Folder, engine.Ledger.PublicKey, report), report.ToString());
        Assert.DoesNotContain("has expired", report.ToString(), StringComparison.Ordinal);
        var receipts = RetainedHour.Receipts(engine).Select(receipt => receipt.GetProperty("idempotency_key").GetString()).ToList();
        Assert.Equal(receipts.Count, receipts.Distinct().Count());
    }

    private static DateTimeOffset KeptUntil(string name) => EngineFolder.Start.AddMinutes(-30).AddDays(name switch
    {
        "log trace" => 7,
        "trace ok" => 37,
        "metrics" or "log info" => 402,
        _ => 2220,
    });
}
