using VmObs.Receipts;
using VmObs.Storage;
using VmObs.Storage.Disk;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage.Faults;

/// <summary>Every byte of what a start reads is changed, and every file cut at every length: nothing acknowledged is lost, or the start names the
/// damage and refuses.</summary>
public sealed class DamageTests(ITestOutputHelper output) : IAsyncLifetime
{
    // More than the last records of a segment, and all of the small files.
    private const int MostBytes = 1500;

    private readonly string _folder = FaultCases.NewFolder();
    private LifeRecords _records = null!;

    public async ValueTask InitializeAsync()
    {
        // An engine that was killed: what it had open is as it was.
        var living = FaultCases.NewFolder();
        await using var life = new Life(living, new ModelDisk());
        await life.LiveAsync();
        await life.FillAsync();
        life.Disk.End();
        foreach (var path in Directory.EnumerateFileSystemEntries(living, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var target = _folder + path[living.Length..];
            if (Directory.Exists(path))
                Directory.CreateDirectory(target);
            else
                File.Copy(path, target);
        }
        _records = life.Records;
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData("journal/*.journal")]
    [InlineData("journal/low-water")]
    [InlineData("journal/synced")]
    [InlineData("telemetry/*.manifest")]
    [InlineData("spill/*.run")]
    public async Task Damage_is_harmless_or_named(string pattern)
    {
        var path = Directory.GetFiles(Path.Combine(_folder, pattern.Split('/')[0]), pattern.Split('/')[1], SearchOption.AllDirectories).Order(StringComparer.Ordinal).Last();
        var content = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        Assert.True(content.Length > 0, $"{path} is empty");
        var first = Math.Max(0, content.Length - MostBytes);
        var step = FaultCases.IsLong ? 1 : Math.Max(1, (content.Length - first) / 40);
        var harmless = 0;
        var cases = from at in Enumerable.Range(0, (content.Length - first + step - 1) / step).Select(i => first + (i * step))
                    from damage in new (string Name, byte[] Bytes)[] { ($"bit {at % 8} of byte {at} flipped", Flipped(content, at)), ($"cut to {at} bytes", content[..at]) }
                    select ($"{path[(_folder.Length + 1)..]}: {damage.Name} of {content.Length}", (Func<string, Task>)(async folder => Interlocked.Add(ref harmless, await StartAsync(folder, path, damage.Bytes) ? 1 : 0)));
        var count = await FaultCases.RunAsync(cases);
        output.WriteLine($"{path[(_folder.Length + 1)..]}, {content.Length} bytes: {count} damages, {harmless} harmless, {count - harmless} named{(step == 1 ? "" : "; every byte with --long")}");
        Assert.InRange(count, 2, int.MaxValue);
    }

    private static byte[] Flipped(byte[] content, int at)
    {
        var damaged = (byte[])content.Clone();
        damaged[at] ^= (byte)(1 << (at % 8));
        return damaged;
    }

    /// <returns>Whether the engine started, with all that was acknowledged.</returns>
    private async Task<bool> StartAsync(string folder, string path, byte[] damaged)
    {
        foreach (var source in Directory.EnumerateFileSystemEntries(_folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var target = folder + source[_folder.Length..];
            if (Directory.Exists(source))
                Directory.CreateDirectory(target);
            else if (source == path)
                await File.WriteAllBytesAsync(target, damaged);
            else
                File.Copy(source, target);
        }
        await using var engine = new EngineFolder(folder) { SignsHead = true, Options = Life.Options, Disk = ModelDisk.Of(folder) };
        try
        {
            await engine.ReopenAsync();
        }
        catch (Exception error) when (error is DamagedFileException or DamagedLedgerException)
        {
            Assert.Contains(folder, error.Message, StringComparison.Ordinal);
            Assert.Contains("expected", error.Message, StringComparison.Ordinal);
            return false;
        }
        try
        {
            await LifeCheck.RecordsAsync(engine, _records.AcknowledgedBy(int.MaxValue - 1), _records.SentBy(int.MaxValue - 1));
        }
        catch (DamagedFileException)
        {
            // A run's block is read when it is asked for, and named then.
            Assert.Contains(".run", path, StringComparison.Ordinal);
            return false;
        }
        return true;
    }
}
