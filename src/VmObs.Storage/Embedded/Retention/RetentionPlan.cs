using VmObs.Storage.Embedded.Hours;
using VmObs.Storage.Embedded.Writing;

namespace VmObs.Storage.Embedded.Retention;

/// <summary>Decides what expires at a moment; changes nothing.</summary>
/// <remarks>Not thread-safe. Remembers which classes a file holds, so that a round reads each file once in the engine's life.</remarks>
internal sealed class RetentionPlan(StoreContext context)
{
    private readonly Dictionary<HourFile, ExpiryClasses> _classes = [];

    /// <summary>What is to be dropped, the oldest hours first.</summary>
    /// <param name="files">All sealed files.</param>
    /// <param name="nowUnixNanos">The clock.</param>
    /// <param name="failures">Gets what could not be looked at; such files are kept.</param>
    public IReadOnlyList<HourExpiry> Make(IEnumerable<HourFile> files, long nowUnixNanos, List<string> failures)
    {
        var plan = new SortedDictionary<HourFile, HourExpiry>();
        var kept = new List<(HourFile File, ExpiryClasses Classes, long Bytes)>();
        foreach (var file in files.Order())
        {
            try
            {
                if (ByAge(file, nowUnixNanos, kept) is { } expiry)
                    plan.Add(file, expiry);
            }
            catch (Exception error) when (HourDropper.IsOfTheDisk(error))
            {
                failures.Add($"{file.StoragePath}: {error.Message}");
            }
        }
        var tooMuch = kept.Sum(file => file.Bytes) - MaxBytes();
        foreach (var (file, classes, bytes) in kept)
        {
            if (tooMuch <= 0)
                break;
            var dropped = plan.GetValueOrDefault(file);
            plan[file] = new HourExpiry(file, ExpiryReason.Size, classes | (dropped?.Dropped ?? default), bytes + (dropped?.DroppedBytes ?? 0), default, 0);
            tooMuch -= bytes;
        }
        return [.. plan.Values];
    }

    /// <summary>Forgets a file that is deleted.</summary>
    public void Forget(HourFile file) => _classes.Remove(file);

    private long MaxBytes() =>
        context.Options.Retention.MaxBytes ?? context.Disk.CapacityOf(context.DataFolder) / 100 * RetentionPolicy.DefaultPercentOfCapacity;

    private HourExpiry? ByAge(HourFile name, long nowUnixNanos, List<(HourFile File, ExpiryClasses Classes, long Bytes)> kept)
    {
        var path = name.PathIn(context.DataFolder);
        var remains = RemainsFile.ReadHead(context.Disk, path);
        var bytes = new FileInfo(path).Length - (remains?.GoneBytes ?? 0);
        var all = ExpiryClasses.OfSignal(name.Signal) - new ExpiryClasses(remains?.GoneClasses ?? 0);
        var expired = context.Options.Retention.Expired(name.Signal, name.Hour, nowUnixNanos) & all;
        if (expired == all)
            return new HourExpiry(name, ExpiryReason.Age, expired, bytes, default, 0);
        if (!expired.IsEmpty && !(_classes.TryGetValue(name, out var held) && (held & expired).IsEmpty))
        {
            using var file = SealedFile.Open(context.Disk, path);
            var parts = HourParts.Read(name.Signal, file);
            _classes[name] = parts.Classes;
            var dropped = parts.Classes & expired;
            var rest = parts.Classes - expired;
            // A file of none of its classes' records has nothing that could grow old.
            if (!parts.Classes.IsEmpty && rest.IsEmpty)
                return new HourExpiry(name, ExpiryReason.Age, dropped, bytes, default, 0);
            if (!dropped.IsEmpty)
            {
                var droppedBytes = dropped.Items.Sum(item => parts.Parts[item].Sum(part => part.Length));
                kept.Add((name, rest, bytes - droppedBytes));
                return new HourExpiry(name, ExpiryReason.Age, dropped, droppedBytes, rest, bytes - droppedBytes);
            }
        }
        kept.Add((name, all, bytes));
        return null;
    }
}
