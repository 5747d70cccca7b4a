using CsCheck;
using VmObs.Storage.Embedded.Spill;

namespace VmObs.Tests.Storage.Spill;

public sealed class SampleColumnsTests
{
    [Fact]
    public void Samples_sort_by_time_and_equal_times_stay_in_their_order_whether_few_or_all_are_out_of_place() =>
        Gen.Select(Gen.Int[0, 400], Gen.OneOf(Gen.Const(0), Gen.Const(1), Gen.Const(12), Gen.Const(10_000)), Gen.Int).Sample((count, disorder, seed) =>
        {
            var random = new Random(seed);
            var samples = Enumerable.Range(0, count).Select(i => (Time: (long)(i / 2) + random.Next(disorder + 1), Value: (double)i)).ToArray();
            var columns = new SampleColumns();
            foreach (var (time, value) in samples)
                columns.Add(time, value);
            columns.Sort();
            // OrderBy is stable.
            var expected = samples.OrderBy(sample => sample.Time).ToArray();
            Assert.Equal(expected.Select(sample => sample.Time), columns.TimestampsUnixNanos.ToArray());
            Assert.Equal(expected.Select(sample => sample.Value), columns.Values.ToArray());
        }, iter: 500);
}
