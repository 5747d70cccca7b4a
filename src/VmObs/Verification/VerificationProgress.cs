using System.Globalization;

namespace VmObs.Verification;

/// <summary>How far a verification is, for who waits for it. Written by the threads that work, read by another.</summary>
internal sealed class VerificationProgress(TimeProvider time)
{
    private const double Gigabyte = 1e9;

    private volatile Stage _stage = new("receipts", 0, 0);
    private long _done;

    /// <summary>Whether who waits has given up.</summary>
    public CancellationToken Cancelled { get; init; }

    /// <summary>Begins a stage.</summary>
    /// <param name="what">What is read.</param>
    /// <param name="bytes">How much of it there is; 0 for what is counted only.</param>
    public void Begin(string what, long bytes = 0)
    {
        Interlocked.Exchange(ref _done, 0);
        _stage = new Stage(what, bytes, time.GetTimestamp());
    }

    /// <summary>So much more is done: bytes, or one at a time where the stage has none.</summary>
    public void Add(long done) => Interlocked.Add(ref _done, done);

    /// <summary>"sealed files: 3.21 of 9.80 GB (32 %), 4.81 GB/s, 1 s left", "receipts: 120000".</summary>
    public override string ToString()
    {
        var (stage, done) = (_stage, Interlocked.Read(ref _done));
        if (stage.Bytes == 0)
            return string.Create(CultureInfo.InvariantCulture, $"{stage.What}: {done}");
        var rate = done / Math.Max(time.GetElapsedTime(stage.Began).TotalSeconds, 0.001);
        var left = rate == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {Math.Ceiling(Math.Max(0, stage.Bytes - done) / rate):F0} s left");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{stage.What}: {done / Gigabyte:F2} of {stage.Bytes / Gigabyte:F2} GB ({100.0 * done / stage.Bytes:F0} %), {rate / Gigabyte:F2} GB/s{left}");
    }

    private sealed record Stage(string What, long Bytes, long Began);
}
