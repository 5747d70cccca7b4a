using System.Diagnostics;

namespace VmObs.Fuzz;

/// <summary>Mutates inputs of one reader, keeps those that reach something new, and stops at the first that breaks a promise.</summary>
internal sealed class FuzzRun(FuzzTarget target, Coverage coverage, int seed)
{
    // Promises to whoever sends 16 KiB: an answer in a moment, from memory in proportion.
    private const long MaxAllocatedBytes = 256L * 1024 * 1024;
    private static readonly TimeSpan s_maxTime = TimeSpan.FromSeconds(5);

    private readonly List<byte[]> _corpus = [.. target.Seeds];
    private readonly Mutator _mutator = new(new Random(seed));

    /// <summary>Inputs that reached something new.</summary>
    public int CorpusCount => _corpus.Count;

    /// <summary>Runs so many inputs.</summary>
    /// <returns>The input that broke a promise, with what it did; null when none did.</returns>
    public (byte[] Input, string What)? Run(long inputs)
    {
        foreach (var body in target.Seeds)
        {
            if (Try(body) is { } what)
                return (body, what);
        }
        for (var i = 0L; i < inputs; i++)
        {
            var input = _mutator.Next(_corpus);
            if (Try(input) is { } what)
                return (input.ToArray(), what);
        }
        return null;
    }

    private string? Try(ReadOnlyMemory<byte> input)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var began = Stopwatch.GetTimestamp();
        coverage.Begin();
        try
        {
            target.Run(input);
        }
        catch (Exception error)
        {
            return error.ToString();
        }
        if (coverage.End() && !target.Seeds.Any(seed => input.Span.SequenceEqual(seed)))
            _corpus.Add(input.ToArray());
        var took = Stopwatch.GetElapsedTime(began);
        // Once may be the machine's doing, three times is the reader's.
        for (var again = 0; took > s_maxTime; again++)
        {
            if (again == 2)
                return $"took {took}";
            began = Stopwatch.GetTimestamp();
            target.Run(input);
            took = Stopwatch.GetElapsedTime(began);
        }
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        return allocated > MaxAllocatedBytes ? $"allocated {allocated} bytes" : null;
    }
}
