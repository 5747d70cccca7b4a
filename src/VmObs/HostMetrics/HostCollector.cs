using System.Buffers;
using System.IO.Pipelines;
using Microsoft.Extensions.Logging;
using VmObs.Ingest;
using VmObs.Receipts.Gaps;
using VmObs.Signals;
using VmObs.Signals.Ports;
using VmObs.Signals.Wire.RemoteWrite;

namespace VmObs.HostMetrics;

/// <summary>Watches the host that the engine runs on, so that a machine without agents has something to see: docs/send/host.md.</summary>
/// <remarks>Each round becomes one remote_write request, which goes the way of any sender's. Not thread-safe.</remarks>
internal sealed class HostCollector : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_firstWait = TimeSpan.FromSeconds(1);
    private static readonly GapSource s_source = new("host collector", null);

    private readonly ProcReader _reader;
    private readonly IIntake _intake;
    private readonly string _node;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly WriteRequestBuilder _request = new();
    private readonly PooledBuffer _compressed = new(4096);
    private readonly Dictionary<(string, string?), byte[]> _series = [];
    private (ulong Busy, ulong Total)? _before;

    public HostCollector(ProcReader reader, IIntake intake, string node, ILogger log, TimeProvider time) =>
        (_reader, _intake, _node, _log, _time) = (reader, intake, node, log, time);

    /// <summary>Collects every 15 seconds until it is told to end.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // How busy the processors are takes two readings.
        _before = _reader.Read().Processor;
        await Task.Delay(s_firstWait, _time, cancellationToken);
        using var timer = new PeriodicTimer(s_interval, _time);
        do
            await CollectAsync();
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    /// <summary>Collects once.</summary>
    public async Task CollectAsync()
    {
        Write(_reader.Read(), _time.GetUtcNow().ToUnixTimeMilliseconds());
        _compressed.Clear();
        _request.Compress(_compressed);
        var result = await _intake.TakeAsync(
            PipeReader.Create(new ReadOnlySequence<byte>(_compressed.WrittenMemory)), WireFormat.RemoteWrite1, ContentCoding.Identity, _compressed.Length, s_source, CancellationToken.None);
        // The next round comes soon; what this one had is counted with its source in the hour's obs_gap.
        if (result.Outcome != IntakeOutcome.Stored)
            _log.LogWarning("the host's numbers of this round are not stored: {Reason}", result.Message);
    }

    public void Dispose()
    {
        _request.Dispose();
        _compressed.Dispose();
    }

    private void Write(HostReading reading, long millis)
    {
        _request.Clear();
        if (reading.Processor is { } now)
        {
            if (_before is { } before && now.Total > before.Total && now.Busy >= before.Busy)
                Gauge("cpu_percent", 100.0 * (now.Busy - before.Busy) / (now.Total - before.Total));
            _before = now;
        }
        if (reading.Memory is { } memory)
        {
            Gauge("memory_percent", Percent(memory.Total - memory.Available, memory.Total));
            Gauge("memory_total_bytes", memory.Total);
            Gauge("memory_available_bytes", memory.Available);
        }
        if (reading.Disk is { } disk)
        {
            Gauge("disk_percent", Percent(disk.Used, disk.Used + disk.Available));
            Gauge("disk_total_bytes", disk.Total);
            Gauge("disk_available_bytes", disk.Available);
        }
        if (reading.Network is { } network)
        {
            Counter("network_rx_bytes", network.Received);
            Counter("network_tx_bytes", network.Sent);
        }
        if (reading.Load is { } load)
        {
            Gauge("load_1", load.One);
            Gauge("load_5", load.Five);
            Gauge("load_15", load.Fifteen);
        }
        Gauge("open_file_descriptors", reading.OpenFiles);
        Gauge("swap_used_bytes", reading.SwapUsed);
        Gauge("threads", reading.Threads);
        Gauge("uptime_seconds", reading.Uptime);
        foreach (var (device, read, written) in reading.Disks)
        {
            Counter("disk_read_bytes_total", read, device);
            Counter("disk_written_bytes_total", written, device);
        }

        void Gauge(string name, double? value) => Add(name, null, value, "gauge"u8);
        void Counter(string name, double value, string? device = null) => Add(name, device, value, "counter"u8);
        void Add(string name, string? device, double? value, ReadOnlySpan<byte> type)
        {
            if (value is not { } number)
                return;
            _request.AddFamily(System.Text.Encoding.ASCII.GetBytes(name), type, UnitOf(name));
            _request.AddSample(Labels(name, device), millis, number);
        }
    }

    // The names say it.
    private static ReadOnlySpan<byte> UnitOf(string name) =>
        name.EndsWith("_percent", StringComparison.Ordinal) ? "percent"u8
        : name.Contains("_bytes", StringComparison.Ordinal) ? "bytes"u8
        : name.EndsWith("_seconds", StringComparison.Ordinal) ? "seconds"u8
        : default;

    private static double? Percent(double part, double whole) => whole > 0 ? 100 * part / whole : null;

    private byte[] Labels(string name, string? device)
    {
        if (_series.TryGetValue((name, device), out var known))
            return known;
        var labels = new Dictionary<string, string> { ["__name__"] = name, ["node"] = _node, ["service"] = "host" };
        if (device is not null)
            labels["device"] = device;
        return _series[(name, device)] = WriteRequestBuilder.EncodeLabels(labels);
    }
}
