using System.Text;
using CsCheck;
using VmObs.Signals.Ports;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded.Head;
using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Reading;
using VmObs.Tests.Storage.Hours;
using VmObs.Tests.Support;

namespace VmObs.Tests.Storage.Reading;

/// <summary>What a walk over an hour finds, against a look at all spans of each trace: parts in memory and in several files, row groups of few rows.</summary>
public sealed class TracePartMergeTests
{
    private const int Files = 3;
    private const int Room = 5;

    private static readonly string[] s_services = ["portal", "treasury", "ledger"];

    // Parts of few traces, so that most have several: in one file and in others, failed and not.
    private static readonly Gen<(TestTrace Part, int Place)> s_part = Gen.Select(
        Gen.ULong[1, 25], Gen.Long[0, 1000], Gen.Select(Gen.Int[0, 100], Gen.Int[0, 30], Gen.Int[0, 12], Gen.Int[0, 2], Gen.Int[0, 2]).Array[1, 6], Gen.Int[0, Files],
        (trace, decision, spans, place) =>
        {
            var id = new TraceId(1, trace);
            var records = spans.Select((span, i) => TestTraces.Record(
                new SpanHead(id, (ulong)i + 1, 0, Hours.LogLines.Hour + span.Item1, Hours.LogLines.Hour + span.Item1 + span.Item2, SpanKind.Server, span.Item3 == 0 ? SpanStatus.Error : SpanStatus.Unset, 0),
                $"span-{span.Item5}", s_services[span.Item4], "n", "", "", span.Item5 == 2 ? """{"http.method":"POST"}""" : "", "", "", "", ""));
            return (TestTraces.Trace(new TraceKey(id, decision), records), place);
        });

    private static readonly Gen<TraceQuery> s_query = Gen.Select(
        Gen.Select(Gen.Int[-10, 90], Gen.Int[1, 120]), Gen.OneOf(Gen.Const((string?)null), Gen.Int[0, 2].Select(i => s_services[i])),
        Gen.OneOf(Gen.Const((string?)null), Gen.Int[0, 3].Select(i => $"span-{i}")), Gen.Select(Gen.OneOf(Gen.Const(0), Gen.Int[0, 100]), Gen.OneOf(Gen.Const(1000), Gen.Int[0, 100])),
        Gen.OneOf(Gen.Const((bool?)null), Gen.Bool.Select(failed => (bool?)failed)), Gen.Int[0, 4],
        (range, service, name, durations, failed, tag) => new TraceQuery(Hours.LogLines.Hour + range.Item1, Hours.LogLines.Hour + range.Item1 + range.Item2)
        {
            Service = service,
            Name = name,
            MinDurationNanos = durations.Item1,
            MaxDurationNanos = durations.Item2,
            Failed = failed,
            Tags = tag == 0 ? [new("http.method", "POST")] : [],
        });

    [Fact]
    public void A_walk_finds_the_newest_traces_that_a_look_at_all_their_spans_finds() =>
        Gen.Select(s_part.Array[0, 80], Gen.Int[1, 30], s_query.Array[1, 6]).Sample((parts, rowGroupRows, queries) =>
        {
            parts = [.. parts.DistinctBy(part => (part.Place, part.Part.Key))];
            var cache = new TraceFileCache(1 << 20);
            var files = Enumerable.Range(1, Files).Select(place => Write(parts.Where(part => part.Place == place).Select(part => part.Part), rowGroupRows)).ToList();
            var memory = parts.Where(part => part.Place == 0).OrderBy(part => part.Part.Key.Id)
                .Select(part => new TracePartInMemory(part.Part.Key.Id, TestTraces.Hour.Hour, part.Part.Spans)).ToList();
            foreach (var query in queries)
            {
                var matcher = new TraceMatcher(query);
                // First what nothing is known of, then what is.
                for (var round = 0; round < 2; round++)
                {
                    var places = new NewestPlaces(Room, null);
                    List<ITracePartCursor> cursors = [new MemoryPartCursor(memory, matcher)];
                    for (var file = 0; file < Files; file++)
                    {
                        var (content, name) = (files[file], TestTraces.Hour with { LateIndex = file });
                        cursors.AddRange(SealedPartCursor.OfClasses(() => new TraceFileIndex(content, name, null, cache, query.Budget), matcher));
                    }
                    using (var merge = new TracePartMerge(cursors, withSpans: false))
                        merge.AddTo(places, matcher, TestContext.Current.CancellationToken);
                    Assert.Equal(Naive(parts.Select(part => part.Part), query), places.ToList());
                    Assert.Equal(0, query.Budget.BytesHeld);
                }
            }
        }, iter: 300);

    private static MemoryFile Write(IEnumerable<TestTrace> traces, int rowGroupRows)
    {
        var file = new MemoryFile();
        using var writer = new TraceFileWriter(file, TestTraces.Hour) { RowGroupRows = rowGroupRows };
        foreach (var trace in TestTraces.Sort(traces))
            writer.WriteTrace(trace.Key, trace.Failed, trace.Leaf(), trace.Spans);
        writer.Finish();
        return file;
    }

    private static List<TracePlace> Naive(IEnumerable<TestTrace> parts, TraceQuery query)
    {
        var found = new List<TracePlace>();
        foreach (var trace in parts.GroupBy(part => part.Key.Id))
        {
            var spans = trace.SelectMany(part => part.Spans).Select(span => span.ToArray()).ToList();
            var (start, end) = (spans.Min(span => new SpanRecord(span).StartUnixNanos), spans.Max(span => new SpanRecord(span).EndUnixNanos));
            var failed = spans.Exists(span => new SpanRecord(span).Status == SpanStatus.Error);
            if (start >= query.FromUnixNanos && start < query.ToUnixNanos && end - start >= query.MinDurationNanos && end - start <= query.MaxDurationNanos
                && (query.Failed ?? failed) == failed && spans.Exists(span => IsAskedFor(span, query)))
                found.Add(new TracePlace(start, trace.Key));
        }
        return [.. found.OrderByDescending(place => place.StartUnixNanos).ThenBy(place => place.Id).Take(Room)];
    }

    private static bool IsAskedFor(byte[] record, TraceQuery query)
    {
        string Text(SpanText which) => Encoding.UTF8.GetString(new SpanRecord(record).Text(which));
        return (query.Service ?? Text(SpanText.Service)) == Text(SpanText.Service) && (query.Name ?? Text(SpanText.Name)) == Text(SpanText.Name)
            && (query.Tags.Count == 0 || Text(SpanText.Attributes).Length > 0);
    }
}
