using Google.Protobuf.WellKnownTypes;
using Loki.Push;
using VmObs.Tests.Signals.Wire.Otlp.Plain;

namespace VmObs.Tests.Signals.Wire.LokiPush;

/// <summary>Random requests of the classes that are generated from Loki's definition; one seed gives one request.</summary>
internal sealed class RandomLokiPush(int seed)
{
    private const long Seconds = Wiring.Arrival / 1_000_000_000;

    private static readonly string[] s_labels = ["service", "app", "job", "node", "host", "instance", "level", "detected_level", "severity", "a", "ä"];
    private static readonly string[] s_values = ["", "brick-01:9100", "did:vm:node:brick-02", "Warning", "x\"y\\z\n", "ä€𝄞"];
    private static readonly string[] s_metadata = ["trace_id", "span_id", "level", "user", "user", ""];
    private static readonly string[] s_metadataValues = ["", "0AF7651916CD43DD8448EB211C80319C", "b7ad6b7169203331", "00000000000000000000000000000000", "ERR", "x\"\u0001ä"];
    private static readonly string[] s_lines =
    [
        "", "plain", "{\"level\":\"error\"}", "{\"nested\":{\"level\":\"fatal\",\"a\":[\"}\"]},\"severity\":\"dbg\",\"n\":1}", "[{\"level\":\"error\"}]", "ä\"\n\u0001",
        "{\"trace_id\":\"4bf92f3577b34da6a3ce929d0e0e4736\",\"span_id\":\"00f067aa0ba902b7\",\"level\":3}",
    ];

    private readonly Random _random = new(seed);

    public PushRequest Next()
    {
        var request = new PushRequest();
        Repeat(4, () =>
        {
            var labels = s_labels.Where(_ => _random.Next(4) == 0).Select(name => $"{name}={PlainValues.Json(Of(s_values))}");
            var stream = new StreamAdapter { Labels = $"{{{string.Join(", ", labels)}}}", Hash = (ulong)_random.Next(3) };
            Repeat(4, () => stream.Entries.Add(Entry()));
            request.Streams.Add(stream);
        });
        return request;
    }

    private EntryAdapter Entry()
    {
        var entry = new EntryAdapter { Line = Of(s_lines), Timestamp = Time() };
        Repeat(4, () => entry.StructuredMetadata.Add(new LabelPairAdapter { Name = Of(s_metadata), Value = Of(s_metadataValues) }));
        return entry;
    }

    private Timestamp? Time() => _random.Next(12) switch
    {
        0 => null,
        1 => new Timestamp { Seconds = Of([-1, long.MaxValue, Seconds + 601]), Nanos = 0 },
        2 => new Timestamp { Seconds = Seconds, Nanos = Of([-1, 1_000_000_000]) },
        _ => new Timestamp { Seconds = Seconds - _random.Next(10), Nanos = _random.Next(1_000_000_000) },
    };

    private void Repeat(int most, Action action)
    {
        for (var times = _random.Next(most); times > 0; times--)
            action();
    }

    private T Of<T>(T[] choices) => choices[_random.Next(choices.Length)];
}
