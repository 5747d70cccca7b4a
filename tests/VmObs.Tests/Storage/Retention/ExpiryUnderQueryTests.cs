using VmObs.Signals.Ports;
using VmObs.Storage.Disk;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage.Retention;

/// <summary>Files expire while queries read them.</summary>
public sealed class ExpiryUnderQueryTests
{
    [Theory]
    [InlineData(8)]
    [InlineData(38)]
    [InlineData(403)]
    [InlineData(2221)]
    public async Task A_query_during_whose_reads_its_files_expire_reports_no_damage_and_each_remaining_record_once(int days)
    {
        await using var template = await RetainedHour.SealedAsync(lines: 2);
        await template.CloseAsync();
        // Before each single read of a sealed file, until one run has none left to interrupt.
        for (var interruptAt = 0; ; interruptAt++)
        {
            await using var engine = RetainedHour.CopyOf(template);
            var disk = new InterruptedDisk(interruptAt);
            engine.Disk = disk;
            await engine.ReopenAsync();
            engine.Time.Advance(TimeSpan.FromDays(days));
            disk.Arm(() => RetainedHour.ExpireAsync(engine).GetAwaiter().GetResult());
            // Whether records that expired meanwhile are found is open; that those which remain are found once is not.
            var found = await FoundNamesAsync(engine);
            disk.Disarm();
            Assert.Equal(found.Count, found.Distinct().Count());
            await RetainedHour.ExpireAsync(engine);
            var remaining = await FoundNamesAsync(engine);
            Assert.Empty(remaining.Except(found));
            if (!disk.WasInterrupted)
            {
                Assert.True(interruptAt > 5);
                return;
            }
        }
    }

    private static async Task<List<string>> FoundNamesAsync(EngineFolder engine)
    {
        var names = (await engine.FindAsync()).Select(record => Convert.ToHexString(record.Json.Span)).ToList();
        names.AddRange((await engine.SelectAsync(("__name__", "m"))).SelectMany(series => series.Values.ToArray().Select(value => $"m {value}")));
        foreach (var id in RetainedHour.FirstTraces)
            names.AddRange((await engine.Store.Traces.GetAsync(id, QueryBudget.Unlimited(), TestContext.Current.CancellationToken)).Select(span => Convert.ToHexString(span.Span)));
        return names;
    }

    /// <summary>Runs an action before one of the reads or openings of sealed files.</summary>
    private sealed class InterruptedDisk(int at) : DiskFolder
    {
        private Action? _action;
        private int _reads;

        public bool WasInterrupted { get; private set; }

        public void Arm(Action action) => _action = action;

        public void Disarm() => _action = null;

        public override DiskFile Open(string path, bool create) => Posix.Open(path, create);

        public override DiskFile OpenRead(string path)
        {
            if (!IsSealed(path))
                return Posix.OpenRead(path);
            Count();
            return new CountedFile(this, Posix.OpenRead(path));
        }

        public override void Rename(string from, string to) => Posix.Rename(from, to);

        public override void Delete(string path) => Posix.Delete(path);

        public override void SyncFolder(string path) => Posix.SyncFolder(path);

        private static bool IsSealed(string path) => path.EndsWith(".jsonl.gz", StringComparison.Ordinal) || path.EndsWith(".parquet", StringComparison.Ordinal);

        private void Count()
        {
            if (_action is not { } action || _reads++ != at)
                return;
            _action = null;
            WasInterrupted = true;
            action();
        }

        private sealed class CountedFile(InterruptedDisk disk, DiskFile file) : DiskFile
        {
            public override string Path => file.Path;

            public override long Length => file.Length;

            public override int Read(Span<byte> destination, long offset)
            {
                disk.Count();
                return file.Read(destination, offset);
            }

            public override void Write(ReadOnlySpan<byte> bytes, long offset) => file.Write(bytes, offset);

            public override void SetLength(long length) => file.SetLength(length);

            public override void Sync() => file.Sync();

            public override void Dispose() => file.Dispose();
        }
    }
}
