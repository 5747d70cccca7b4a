namespace VmObs.Demo;

/// <summary>Events of one kind: at most one in each slot of time, at a moment that chance picks. Any split of a time gives the same events.</summary>
/// <param name="what">What happens.</param>
/// <param name="slot">How often it may happen.</param>
/// <param name="share">In how many of the slots it does, 0 to 1.</param>
internal sealed class Schedule(string what, TimeSpan slot, double share = 1)
{
    /// <summary>The moments in [from, to), to a millisecond.</summary>
    public IEnumerable<DateTimeOffset> Between(DateTimeOffset from, DateTimeOffset to)
    {
        var begin = new DateTimeOffset(from.UtcTicks - (from.UtcTicks % slot.Ticks), TimeSpan.Zero);
        for (; begin < to; begin += slot)
        {
            var moment = begin + TimeSpan.FromMilliseconds(Math.Floor(slot.TotalMilliseconds * Chance.At(what, begin)));
            if (moment >= from && moment < to && Chance.At(what + " happens", begin) < share)
                yield return moment;
        }
    }
}
