using VmObs.Ledger.Remains;
using VmObs.Tests.Storage.Retention;
using VmObs.Tests.Support;
using VmObs.Verify;

namespace VmObs.Tests.Verification;

public sealed class ExpiredFolderTests
{
    [Theory]
    [InlineData(RetainedHour.Logs)]
    [InlineData(RetainedHour.Traces)]
    public async Task Any_flipped_byte_of_what_remains_is_found_by_both_verifiers(string file)
    {
        await using var engine = await ExpiredAsync();
        var path = engine.PathOf(file);
        var head = RemainsHead.Parse(File.ReadAllBytes(path + RemainsHead.Suffix));
        foreach (var (target, isData) in new[] { (path, true), (path + RemainsHead.Suffix, false) })
        {
            var good = File.ReadAllBytes(target);
            for (var at = 0; at < good.Length; at += Math.Max(1, good.Length / 97))
            {
                var bad = good.ToArray();
                bad[at] ^= 4;
                File.WriteAllBytes(target, bad);
                var finding = Assert.Single(RetainedHour.Findings(engine));
                Assert.Contains(file, finding, StringComparison.Ordinal);
                var isGone = isData && head.Touches(at, 1);
                if (isData)
                    Assert.Contains(isGone ? "found expired records" : "found others", finding, StringComparison.Ordinal);
                var report = new StringWriter();
                Assert.Equal(isGone, FolderCheck.Run(engine.Folder, engine.Ledger.PublicKey, report));
                Assert.Contains(isGone ? $"{file}: holds what a receipt says has expired" : file, report.ToString(), StringComparison.Ordinal);
            }
            File.WriteAllBytes(target, good);
        }
        Assert.Empty(RetainedHour.Findings(engine));
    }

    [Fact]
    public async Task What_is_missing_or_came_back_is_named()
    {
        await using var engine = await ExpiredAsync();
        var logs = engine.PathOf(RetainedHour.Logs);
        await FoundAsync(() => File.Move(logs, logs + ".away"), () => File.Move(logs + ".away", logs), $"{RetainedHour.Logs}: found no readable file");
        var outboard = logs + RemainsHead.Suffix;
        await FoundAsync(() => File.Move(outboard, outboard + ".away"), () => File.Move(outboard + ".away", outboard), $"{RetainedHour.Logs}.outboard: found none");
        await FoundAsync(() => Cut(logs, -1), () => Cut(logs, +1), $"{RetainedHour.Logs}: found {new FileInfo(logs).Length - 1} bytes");
        // An outboard that nobody receipted would hide records from queries.
        var metrics = engine.PathOf(RetainedHour.Metrics);
        await FoundAsync(() => File.Copy(outboard, metrics + RemainsHead.Suffix), () => File.Delete(metrics + RemainsHead.Suffix), $"{RetainedHour.Metrics}.outboard: found an outboard");
        engine.Time.Advance(TimeSpan.FromDays(403));
        var saved = File.ReadAllBytes(metrics);
        await RetainedHour.ExpireAsync(engine);
        Assert.False(File.Exists(metrics));
        File.WriteAllBytes(metrics, saved);
        Assert.StartsWith($"{RetainedHour.Metrics}: found an expired file", Assert.Single(RetainedHour.Findings(engine)), StringComparison.Ordinal);
        await engine.ReopenAsync();
        Assert.False(File.Exists(metrics));
        Assert.Empty(RetainedHour.Findings(engine));

        Task FoundAsync(Action spoil, Action repair, string want)
        {
            spoil();
            Assert.Contains(RetainedHour.Findings(engine), finding => finding.StartsWith(want, StringComparison.Ordinal));
            repair();
            Assert.Empty(RetainedHour.Findings(engine));
            return Task.CompletedTask;
        }

        static void Cut(string path, long by)
        {
            using var file = File.Open(path, FileMode.Open);
            if (by < 0)
                File.WriteAllBytes(path + ".tail", [LastByte(file)]);
            file.SetLength(file.Length + by);
            if (by <= 0)
                return;
            file.Position = file.Length - 1;
            file.WriteByte(File.ReadAllBytes(path + ".tail")[0]);
        }

        static byte LastByte(FileStream file)
        {
            file.Position = file.Length - 1;
            return (byte)file.ReadByte();
        }
    }

    private static async Task<EngineFolder> ExpiredAsync()
    {
        var engine = await RetainedHour.SealedAsync();
        engine.Time.Advance(TimeSpan.FromDays(38));
        Assert.Equal(2, (await RetainedHour.ExpireAsync(engine)).Count);
        Assert.Empty(RetainedHour.Findings(engine));
        return engine;
    }
}
