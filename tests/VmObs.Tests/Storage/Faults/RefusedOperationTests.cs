namespace VmObs.Tests.Storage.Faults;

/// <summary>Every single disk operation of an engine's life fails, persisted or not; the process is told and lives on, or ends there and the next one
/// goes on with what the page cache has. In the end the power goes.</summary>
public sealed class RefusedOperationTests(ITestOutputHelper output)
{
    // A start and some requests more than the life without a fault has.
    private const int MostOperations = 5000;

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task An_engine_whose_disk_fails_once_keeps_what_it_acknowledged(bool isPersisted, bool endsProcess)
    {
        int operations;
        await using (var whole = new Life(FaultCases.NewFolder(), new ModelDisk()))
        {
            await whole.LiveAsync();
            operations = whole.Disk.Operations;
        }
        Assert.InRange(operations, 200, MostOperations);
        var step = FaultCases.IsLong ? 1 : 3;
        // Another third with each combination, so that every operation is refused in some way in every run.
        var first = 1 + (((isPersisted ? 1 : 0) + (endsProcess ? 1 : 0)) % step);
        var reached = 0;
        var count = await FaultCases.RunAsync(
            from at in Enumerable.Range(0, (operations - first + step) / step).Select(i => first + (i * step))
            let fault = new DiskFault(at, isPersisted, endsProcess)
            select (fault.ToString(), (Func<string, Task>)(async folder => Interlocked.Add(ref reached, await LiveAndLosePowerAsync(folder, fault) ? 1 : 0))));
        output.WriteLine($"{operations} operations, {count} lives of which {reached} met their fault{(FaultCases.IsLong ? "" : "; one for each operation with --long")}");
        Assert.InRange(reached, (operations / step) - 40, count);
    }

    /// <returns>Whether the life came to its fault.</returns>
    private static async Task<bool> LiveAndLosePowerAsync(string folder, DiskFault fault)
    {
        await using var life = new Life(folder, new ModelDisk(fault));
        var what = "a start that never came about";
        try
        {
            await life.LiveAsync();
            what = life.Disk.Failed?.ToString() ?? "nothing";
            await LifeCheck.RecordsAsync(life.Engine, life.Records.AcknowledgedBy(int.MaxValue - 1), life.Records.SentBy(int.MaxValue - 1));
            await life.SealAsync();
            await LifeCheck.RecordsAsync(life.Engine, life.Records.AcknowledgedBy(int.MaxValue - 1), life.Records.SentBy(int.MaxValue - 1));
            LifeCheck.Ledger(life.Engine);
            life.Disk.End();
            await LosePowerAsync(life);
        }
        catch (Exception error)
        {
            throw new InvalidOperationException($"{life.Disk.Failed?.ToString() ?? what}: {error.Message}", error);
        }
        return life.Disk.Failed is not null;
    }

    private static async Task LosePowerAsync(Life life)
    {
        var folder = FaultCases.NewFolder();
        life.Disk.State.Least().WriteTo(life.Engine.Folder, folder);
        await using var engine = new Support.EngineFolder(folder) { Disk = ModelDisk.Of(folder), SignsHead = true, Options = Life.Options };
        await engine.ReopenAsync();
        await LifeCheck.RecordsAsync(engine, life.Records.AcknowledgedBy(int.MaxValue - 1), life.Records.SentBy(int.MaxValue - 1));
        await engine.SealAsync();
        await LifeCheck.RecordsAsync(engine, life.Records.AcknowledgedBy(int.MaxValue - 1), life.Records.SentBy(int.MaxValue - 1));
        LifeCheck.Ledger(engine);
    }
}
