namespace VmObs.Tests.Storage.Faults;

/// <summary>Runs many cases on as many threads as there are processors, each in a folder of its own that goes away.</summary>
internal static class FaultCases
{
    // In memory where there is such a folder: thousands of small folders are made and deleted.
    private static readonly string s_root = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();

    /// <summary>Whether there is time for all cases.</summary>
    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("VM_OBS_TEST_LONG") is not null;

    /// <summary>An empty folder.</summary>
    public static string NewFolder() => Directory.CreateDirectory(Path.Combine(s_root, $"vm-obs-faults-{Guid.NewGuid():N}")).FullName;

    /// <summary>Runs all and fails with the first faults.</summary>
    /// <param name="cases">Their names, and what to do in which folder.</param>
    /// <returns>How many there were.</returns>
    public static async Task<int> RunAsync(IEnumerable<(string Name, Func<string, Task> Run)> cases)
    {
        var faults = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var count = 0;
        await Parallel.ForEachAsync(cases, TestContext.Current.CancellationToken, async (one, _) =>
        {
            if (faults.Count >= 20)
                return;
            Interlocked.Increment(ref count);
            var folder = NewFolder();
            try
            {
                await one.Run(folder);
            }
            catch (Exception error)
            {
                faults.Enqueue($"{one.Name}\n    {error.GetType().Name}: {error.Message.ReplaceLineEndings(" ")}\n    {string.Join("\n    ", (error.StackTrace ?? "").Split('\n').Where(line => line.Contains(":line", StringComparison.Ordinal)).Take(4))}");
            }
            finally
            {
                if (Directory.Exists(folder))
                    Directory.Delete(folder, recursive: true);
            }
        });
        Assert.True(faults.IsEmpty, $"{faults.Count} of {count} cases failed:\n{string.Join('\n', faults.Take(6))}");
        return count;
    }
}
