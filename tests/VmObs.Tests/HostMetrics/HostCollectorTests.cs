using Microsoft.Extensions.Logging.Abstractions;
using VmObs.HostMetrics;
using VmObs.Ingest;
using VmObs.Signals.Labels;
using VmObs.Tests.Support;

namespace VmObs.Tests.HostMetrics;

public sealed class HostCollectorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public HostCollectorTests()
    {
        Write("stat", "cpu  100 10 50 800 40 0 0 0 0 0\ncpu0 100 10 50 800 40 0 0 0 0 0\nintr 5\n");
        Write("meminfo", "MemTotal:        1000 kB\nMemFree:          100 kB\nMemAvailable:     328 kB\nSwapTotal:        50 kB\nSwapFree:         20 kB\n");
        Write("loadavg", "0.25 0.50 0.75 2/345 6789\n");
        Write("uptime", "12345.67 20000.00\n");
        Write("sys/fs/file-nr", "342\t0\t9223372036854775807\n");
        Write("net/dev", "Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs\n    lo: 999 1 0 0 0 0 0 0 999 1 0 0 0 0 0 0\n  eth0: 1234567890 1 0 0 0 0 0 0 987654321 1 0 0 0 0 0 0\nwlan0:10 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n");
        Write("diskstats", "   8       0 sda 10 0 100 5 20 0 200 5 0 5 5\n   8       1 sda1 10 0 100 5 20 0 200 5 0 5 5\n   7       0 loop0 1 0 8 0 0 0 0 0 0 0 0\n 259       0 nvme0n1 0 0 0 0 0 0 0 0 0 0 0\n");
        foreach (var disk in new[] { "sda", "loop0", "nvme0n1" })
            Directory.CreateDirectory(Path.Combine(_folder.Path, "block", disk));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Rounds_become_samples_of_the_host()
    {
        await using var front = await EngineFront.StartAsync();
        using var collector = new HostCollector(Reader(), front.Takers.Single(static intake => intake.Signal == VmObs.Signals.Signal.Metrics), "brick-01", NullLogger.Instance, front.Engine.Time);
        await collector.CollectAsync();
        Assert.Empty(await front.Engine.SelectAsync(("__name__", "cpu_percent")));
        Write("stat", "cpu  120 10 60 860 50 0 0 0 0 0\n");
        front.Engine.Time.Advance(TimeSpan.FromSeconds(15));
        await collector.CollectAsync();
        Assert.Equal(30, await LastAsync(front, "cpu_percent"));
        Assert.Equal(67.2, await LastAsync(front, "memory_percent"), 6);
        Assert.Equal(1234567900, await LastAsync(front, "network_rx_bytes"));
        Assert.Equal(987654322, await LastAsync(front, "network_tx_bytes"));
        Assert.Equal(342, await LastAsync(front, "open_file_descriptors"));
        Assert.Equal(30 * 1024, await LastAsync(front, "swap_used_bytes"));
        Assert.Equal((0.25, 0.75, 345), (await LastAsync(front, "load_1"), await LastAsync(front, "load_15"), await LastAsync(front, "threads")));
        Assert.Equal(12345.67, await LastAsync(front, "uptime_seconds"));
        Assert.InRange(await LastAsync(front, "disk_percent"), 0, 100);
        Assert.Equal((51200, 102400), (await LastAsync(front, "disk_read_bytes_total"), await LastAsync(front, "disk_written_bytes_total")));
        var rates = Assert.Single(await front.Engine.SelectAsync(("__name__", "network_rx_bytes")));
        Assert.Equal((VmObs.Signals.Metrics.MetricKind.Counter, "bytes", 2), (rates.Kind, rates.Unit, rates.Values.Length));
        Assert.Equal(["brick-01", "host"], new[] { "node", "service" }.Select(name => System.Text.Encoding.UTF8.GetString(LabelKey.ValueOf(rates.Key.Span, System.Text.Encoding.UTF8.GetBytes(name)))));
    }

    [Fact]
    public void What_a_host_does_not_say_is_left_out()
    {
        Directory.Delete(Path.Combine(_folder.Path, "proc"), recursive: true);
        var reading = Reader().Read();
        Assert.Equal(new HostReading { Disk = reading.Disk }, reading with { Disks = new HostReading().Disks });
        Write("stat", "cpu");
        Write("meminfo", "MemTotal: many kB\n");
        Write("net/dev", "eth0\n");
        Write("loadavg", "/");
        Assert.Equal((null, null, (0, 0), null), (Reader().Read().Processor, Reader().Read().Memory, Reader().Read().Network, Reader().Read().Load));
    }

    private static async Task<double> LastAsync(EngineFront front, string name) => Assert.Single(await front.Engine.SelectAsync(("__name__", name))).Values.Span[^1];

    private ProcReader Reader() => new(Path.Combine(_folder.Path, "proc"), Path.Combine(_folder.Path, "block"), _folder.Path);

    private void Write(string file, string text)
    {
        var path = Path.Combine(_folder.Path, "proc", file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
