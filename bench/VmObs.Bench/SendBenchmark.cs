using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using VmObs.Ingest;

namespace VmObs.Bench;

/// <summary>Sends recorded payloads to a running engine by what is not a plain POST: OTLP over gRPC, syslog over TCP.</summary>
internal static class SendBenchmark
{
    private const int Lanes = 8;

    /// <summary>Sends a file and prints items per CPU-second of the engine until all is durable.</summary>
    /// <param name="address">http://127.0.0.1:4317 for gRPC, 127.0.0.1:5514 for syslog.</param>
    /// <param name="file">Recorded payloads: of OTLP in protobuf, or .syslog.</param>
    /// <param name="pid">The engine.</param>
    /// <param name="api">The engine's API address, whose /metrics tells when syslog is stored: it has no answers.</param>
    public static async Task RunAsync(string address, string file, int pid, string api)
    {
        var payloads = Payloads.Read(file);
        var isSyslog = file.EndsWith(".syslog", StringComparison.Ordinal);
        var before = Cpu(pid);
        var clock = Stopwatch.StartNew();
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Lanes).Select(_ => Task.Run(() => isSyslog ? SendSyslogAsync(address, () => Next(payloads, ref next)) : SendGrpcAsync(address, payloads, () => Next(payloads, ref next)))));
        if (isSyslog)
            await StoredAsync(api, payloads.Items);
        var cpu = Cpu(pid) - before;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(file)}: {payloads.Items} items in {clock.Elapsed.TotalSeconds:F1} s, {payloads.Items / cpu / 1e3:F0} k items/CPU-s of the engine"));
    }

    private static byte[]? Next(Payloads payloads, ref int next) => Interlocked.Increment(ref next) is var i && i < payloads.Bodies.Count ? payloads.Bodies[i].Body : null;

    private static async Task SendGrpcAsync(string address, Payloads payloads, Func<byte[]?> next)
    {
        using var http = new HttpClient(new SocketsHttpHandler());
        var path = new Uri(new Uri(address), OtlpGrpcEndpoint.PathOf(payloads.Signal));
        while (next() is { } body)
        {
            var frame = new byte[body.Length + 5];
            BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), body.Length);
            body.CopyTo(frame, 5);
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = new ByteArrayContent(frame) };
            request.Content.Headers.ContentType = new("application/grpc");
            using var response = await http.SendAsync(request);
            await response.Content.ReadAsByteArrayAsync();
            if (!response.TrailingHeaders.TryGetValues("grpc-status", out var status) || status.Single() != "0")
                throw new InvalidOperationException($"got status {response.StatusCode} {response.TrailingHeaders}, want grpc-status 0");
        }
    }

    private static async Task SendSyslogAsync(string address, Func<byte[]?> next)
    {
        using var client = new TcpClient();
        var endPoint = IPEndPoint.Parse(address);
        await client.ConnectAsync(endPoint.Address, endPoint.Port);
        while (next() is { } body)
            await client.GetStream().WriteAsync(body);
    }

    private static async Task StoredAsync(string api, long items)
    {
        using var http = new HttpClient();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (await timer.WaitForNextTickAsync())
        {
            var line = (await http.GetStringAsync(new Uri(new Uri(api), "/metrics"))).Split('\n').FirstOrDefault(static line => line.StartsWith("vmobs_ingest_records_total{signal=\"logs\"}", StringComparison.Ordinal));
            if (line is not null && double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture) >= items)
                return;
        }
    }

    // Fields 14 and 15 of /proc/PID/stat, behind the name in brackets, which may have spaces.
    private static double Cpu(int pid)
    {
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0;
    }
}
