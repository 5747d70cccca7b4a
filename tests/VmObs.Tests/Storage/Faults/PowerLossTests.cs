using VmObs.Ledger.Hashing;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage.Faults;

/// <summary>The power goes after every single disk operation of an engine's life, with all that a disk may make of what was not synced.</summary>
public sealed class PowerLossTests(ITestOutputHelper output)
{
    [Fact]
    public async Task What_was_acknowledged_is_there_once_whatever_a_power_loss_leaves()
    {
        await using var life = new Life(FaultCases.NewFolder(), new ModelDisk());
        await life.LiveAsync();
        life.Disk.End();
        var images = Images(life).ToList();
        var count = await FaultCases.RunAsync(images.Select(image => ($"after operation {image.After} of {life.Disk.Log.Count}, {life.Disk.Log[image.After - 1]}: {image.Image.Name}", (Func<string, Task>)(folder => CheckAsync(life, image, folder)))));
        output.WriteLine($"{life.Disk.Log.Count} operations, {count} different states after a power loss started and checked{(FaultCases.IsLong ? "" : "; all states with --long")}");
        Assert.InRange(life.Disk.Log.Count, 200, 5000);
        Assert.InRange(count, life.Disk.Log.Count, int.MaxValue);
    }

    private static IEnumerable<(int After, DiskImage Image)> Images(Life life)
    {
        var seen = new HashSet<(Digest, string)>();
        var state = new DiskState();
        for (var operation = 1; operation <= life.Disk.Log.Count; operation++)
        {
            state.Apply(life.Disk.Log[operation - 1]);
            var acknowledged = string.Join(' ', life.Records.AcknowledgedBy(operation).Order(StringComparer.Ordinal));
            foreach (var image in Chosen(state.Images().ToList(), operation))
            {
                // The same files after the same acknowledgements are the same case.
                if (seen.Add((image.Fingerprint(), acknowledged)))
                    yield return (operation, image);
            }
        }
    }

    // Every operation: the least that a disk may leave, and one of the other states in turn; in long runs every state.
    private static List<DiskImage> Chosen(List<DiskImage> images, int operation) =>
        FaultCases.IsLong || images.Count == 1 ? images : [images[0], images[1 + (operation * 7 % (images.Count - 1))]];

    private static async Task CheckAsync(Life life, (int After, DiskImage Image) crash, string folder)
    {
        crash.Image.WriteTo(life.Engine.Folder, folder);
        var (acknowledged, sent) = (life.Records.AcknowledgedBy(crash.After), life.Records.SentBy(crash.After));
        await using var engine = new EngineFolder(folder) { Disk = ModelDisk.Of(folder), SignsHead = true, Options = Life.Options };
        await engine.ReopenAsync();
        await LifeCheck.RecordsAsync(engine, acknowledged, sent);
        await engine.SealAsync();
        await LifeCheck.RecordsAsync(engine, acknowledged, sent);
        LifeCheck.Ledger(engine);
        Assert.True((await engine.LogsAsync(Samples.Log(1, "after"))).Accepted);
    }
}
