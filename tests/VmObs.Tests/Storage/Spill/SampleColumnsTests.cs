using System.Text;
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

    [Fact]
    public void Details_follow_their_samples_when_they_sort() =>
        Gen.Select(Gen.Int[0, 300], Gen.OneOf(Gen.Const(0), Gen.Const(1), Gen.Const(1000)), Gen.Int[1, 20], Gen.Int).Sample((count, disorder, every, seed) =>
        {
            var random = new Random(seed);
            var columns = new SampleColumns();
            for (var i = 0; i < count; i++)
            {
                columns.Add((i / 2) + random.Next(disorder + 1), i);
                if (random.Next(every) == 0)
                    columns.AddDetail(i, Encoding.UTF8.GetBytes($"{{\"of\":{i},\"rest\":\"{new string('x', random.Next(300))}\"}}"));
            }
            var want = columns.Details.ToArray().Select(detail => Encoding.UTF8.GetString(detail.Json.Span)).Order(StringComparer.Ordinal).ToArray();
            columns.Sort();
            var values = columns.Values.ToArray();
            var details = columns.Details.ToArray();
            Assert.Equal(want, details.Select(detail => Encoding.UTF8.GetString(detail.Json.Span)).Order(StringComparer.Ordinal));
            Assert.Equal(details.Select(detail => detail.Sample).Order(), details.Select(detail => detail.Sample));
            Assert.All(details, detail => Assert.StartsWith($"{{\"of\":{values[detail.Sample]},", Encoding.UTF8.GetString(detail.Json.Span), StringComparison.Ordinal));
        }, iter: 300);
}
