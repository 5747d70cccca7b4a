using CsCheck;
using VmObs.Ledger.Hashing;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded.Journal;

namespace VmObs.Tests.Storage.Sampling;

public sealed class SampledDecisionTests
{
    private static readonly string[] s_names = ["default_traces", "a", "b.c-d_e"];

    [Fact]
    public void A_decision_is_read_as_it_was_written() =>
        Gen.Select(Gen.Long, Gen.Select(Gen.ULong, Gen.ULong, Gen.Byte[0, 3]).Array[0, 20]).Sample((through, drawn) =>
        {
            var traces = drawn.Select(one => (new TraceId(one.Item1, one.Item2), one.Item3)).ToArray();
            var decision = SampledDecision.Read(SampledDecision.Write(through, Blake3.Hash([1]), s_names, traces));
            Assert.Equal((through, Blake3.Hash([1])), (decision.Through, decision.Rules));
            Assert.Equal(s_names, decision.Names);
            Assert.Equal(traces, Enumerable.Range(0, decision.Count).Select(i => decision[i]));
        });

    [Fact]
    public void A_body_that_is_cut_or_names_a_rule_that_is_none_is_refused()
    {
        var body = SampledDecision.Write(1, default, s_names, [(new TraceId(1, 2), 3), (new TraceId(1, 3), 0)]);
        // Cut between two traces it is a decision about the first.
        for (var length = 0; length < body.Length; length++)
        {
            if (length == body.Length - 17 || length == body.Length - 34)
                Assert.Equal((length - (body.Length - 34)) / 17, SampledDecision.Read(body.AsMemory(0, length)).Count);
            else
                Assert.Throws<FormatException>(() => SampledDecision.Read(body.AsMemory(0, length)));
        }
        body[^18] = 4;
        Assert.Throws<FormatException>(() => SampledDecision.Read(body));
    }
}
