using CsCheck;
using VmObs.Signals.Traces;
using VmObs.Storage.Embedded.Reading;

namespace VmObs.Tests.Storage.Reading;

public sealed class NewestPlacesTests
{
    private static readonly Gen<TracePlace> s_place = Gen.Select(Gen.Long[0, 9], Gen.ULong[1, 9], (start, id) => new TracePlace(start, new TraceId(1, id)));

    [Fact]
    public void They_are_the_first_of_all_sorted_whatever_order_they_come_in() =>
        Gen.Select(s_place.Array[0, 60], Gen.Int[1, 20], Gen.OneOf(Gen.Const((TracePlace?)null), s_place.Select(place => (TracePlace?)place))).Sample((all, room, after) =>
        {
            var places = new NewestPlaces(room, after);
            foreach (var place in all)
            {
                places.Add(place);
                // What starts earlier is none of them.
                Assert.All(places.ToList(), kept => Assert.True(kept.StartUnixNanos >= places.OldestUnixNanos));
            }
            var expected = all.Order().Where(place => after is not { } last || place > last).Take(room).ToList();
            Assert.Equal(expected, places.ToList());
            Assert.Equal(expected.Count == room ? expected[^1].StartUnixNanos : long.MinValue, places.OldestUnixNanos);
        }, iter: 500);
}
