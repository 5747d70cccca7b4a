using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CsCheck;
using VmObs.Signals;
using VmObs.Signals.Logs;

namespace VmObs.Tests.Storage.Hours;

/// <summary>A log record as the writer takes it.</summary>
internal sealed record TestLine(long TimestampUnixNanos, Level Level, string Service, string Message)
{
    /// <summary>The SPEC 2.2 document.</summary>
    public byte[] Json()
    {
        var service = JsonEncodedText.Encode(Service, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        var message = JsonEncodedText.Encode(Message, JavaScriptEncoder.UnsafeRelaxedJsonEscaping);
        var time = Rfc3339.Format(TimestampUnixNanos);
        return Encoding.UTF8.GetBytes(
            $$"""{"log_id":"log:{{service}}:{{time}}","timestamp":"{{time}}","level":"{{Level.Name()}}","service":"{{service}}","node":"did:vm:node:brick-01","message":"{{message}}"}""");
    }
}

internal static class LogLines
{
    /// <summary>2025-12-06T13:00:00Z.</summary>
    public const long Hour = 1_765_026_000L * 1_000_000_000;

    private static readonly string[] s_services = ["guardian", "treasury", "portal", "", "a \"quoted\"\\service", "größe\u0001\n"];

    /// <summary>Lines of all classes with texts of every length up to three blocks, sorted as the writer wants them.</summary>
    public static Gen<TestLine[]> Any { get; } =
        Gen.Select(
            Gen.OneOf(Gen.Long[-1_000_000_000_000, 1_000_000_000_000], Gen.Long[Hour, Hour + HourId.LengthNanos - 1]),
            Gen.Enum<Level>(),
            Gen.Int[0, s_services.Length - 1].Select(i => s_services[i]),
            Gen.Frequency((20, Gen.Int[0, 300]), (1, Gen.Int[60_000, 200_000])),
            Gen.Char.AlphaNumeric,
            (time, level, service, length, letter) => new TestLine(time, level, service, new string(letter, length)))
        .Array[0, 200].Select(Sort);

    public static TestLine[] Sort(IEnumerable<TestLine> lines) =>
        [.. lines.OrderBy(line => line.Level.Retention()).ThenBy(line => line.Service, StringComparer.Ordinal).ThenBy(line => line.TimestampUnixNanos)];

    /// <summary>Many ordinary lines.</summary>
    public static TestLine[] Ordinary(int count, int seed = 1)
    {
        var random = new Random(seed);
        return Sort(Enumerable.Range(0, count).Select(i => new TestLine(
            Hour + (i * 1_000_000L), (Level)random.Next(Levels.Count), s_services[random.Next(3)], $"anchor cycle {random.Next(100_000)} completed in {random.Next(5000)} ms")));
    }
}
