using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using VmObs.ProcessTests.Support;
using VmObs.Tests.Support;
using VmObs.Tests.Support.Otlp;

namespace VmObs.ProcessTests.Logs;

/// <summary>The real engine, followed by the real command line and by a reader who does not read.</summary>
public sealed class LogTailTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task The_command_line_follows_over_a_restart_of_the_engine_and_shows_each_record_once()
    {
        using var folder = new TemporaryFolder();
        var engine = await EngineProcess.StartAsync(folder.Path);
        try
        {
            await SendAsync(engine, "before");
            using var tail = Follow(engine.Url);
            Assert.Equal("before", await NextAsync(tail));
            await SendAsync(engine, "one");
            Assert.Equal("one", await NextAsync(tail));
            var address = engine.Url;
            await engine.KillAsync();
            await engine.DisposeAsync();
            engine = await EngineProcess.StartAsync(folder.Path, null, null, "--listen", $"127.0.0.1:{address.Port}");
            await SendAsync(engine, "two");
            Assert.Equal("two", await NextAsync(tail));
            tail.Kill();
        }
        finally
        {
            await engine.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_reader_who_does_not_read_holds_up_nobody_and_is_told_how_many_records_he_missed()
    {
        const int Requests = 60, Lines = 500;
        using var folder = new TemporaryFolder();
        await using var engine = await EngineProcess.StartAsync(folder.Path);
        using var http = new HttpClient(new SocketsHttpHandler { ConnectCallback = ConnectNarrowlyAsync });
        using var answer = await http.GetAsync(new Uri(engine.Url, "/obs/logs/tail?lines=0&service=loud"), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();
        var text = new string('x', 400);
        for (var i = 0; i < Requests; i++)
            await SendAsync(engine, [.. Enumerable.Range(0, Lines).Select(line => $"{(i * Lines) + line} {text}")]);
        // All of it was taken while nobody read.
        await SendAsync(engine, "last");
        var (records, missed) = (0, 0L);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        while (records + missed < (Requests * Lines) + 1)
        {
            var line = await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(s_limit, TestContext.Current.CancellationToken);
            Assert.NotNull(line);
            if (line.StartsWith("data: {\"missed\":", StringComparison.Ordinal))
                missed += JsonElement.Parse(line["data: ".Length..]).GetProperty("missed").GetInt64();
            else if (line.StartsWith("data: {", StringComparison.Ordinal))
                records++;
        }
        Assert.Equal((Requests * Lines) + 1, records + missed);
        Assert.InRange(missed, 1_000, Requests * Lines);
    }

    private static async Task SendAsync(EngineProcess engine, params string[] messages)
    {
        using var sender = new OtlpSender();
        var now = (ulong)((TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100);
        await sender.SendAsync(engine.OtlpHttp, OtlpSender.LogsPath, writer => writer.Logs(new OtlpGroup<OtlpLog>(
            OtlpSender.Resource("loud", "brick-01"), [.. messages.Select((message, i) => new OtlpLog { Time = now + (ulong)i, Body = message, SeverityNumber = 9 })])));
    }

    private static async ValueTask<Stream> ConnectNarrowlyAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        // The system would keep megabytes for one who does not read.
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 8 * 1024 };
        await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }

    private static Process Follow(Uri server) => Process.Start(new ProcessStartInfo(
        "dotnet", [Programs.VmObs, "logs", "tail", "--node", "brick-01", "--service", "loud", "--follow", "--output", "json", "--server", server.ToString()])
    {
        RedirectStandardOutput = true,
    })!;

    private static async Task<string> NextAsync(Process tail)
    {
        var line = await tail.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(s_limit, TestContext.Current.CancellationToken);
        return JsonElement.Parse(line!).GetProperty("message").GetString()!;
    }
}
