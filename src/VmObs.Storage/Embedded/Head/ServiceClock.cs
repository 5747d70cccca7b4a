using System.Text;

namespace VmObs.Storage.Embedded.Head;

/// <summary>Makes the ids of one service's log records in one hour unique without remembering them.</summary>
/// <remarks>
/// An id is log:SERVICE:TIME. A record later than all before it cannot collide and gets ordinal 0; any other gets the number of records before
/// it, which no other record of the hour has. Both numbers follow from the hour's block table, so a restart goes on where it stopped.
/// </remarks>
internal sealed class ServiceClock(ReadOnlyMemory<byte> name)
{
    private long _lastUnixNanos = long.MinValue;
    private int _records;

    /// <summary>The service's name in UTF-8.</summary>
    public ReadOnlyMemory<byte> Name { get; } = name;

    /// <summary>The name as it stands inside a JSON string.</summary>
    public byte[] EscapedName { get; } = Encoding.UTF8.GetBytes(System.Text.Json.JsonEncodedText.Encode(name.Span, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString());

    /// <summary>The ordinal of the next record.</summary>
    public int Next(long timestampUnixNanos)
    {
        var ordinal = timestampUnixNanos > _lastUnixNanos ? 0 : _records;
        _lastUnixNanos = Math.Max(_lastUnixNanos, timestampUnixNanos);
        _records++;
        return ordinal;
    }

    /// <summary>Makes another clock of the service count what this one has counted.</summary>
    public void SkipTo(ServiceClock later) => later.Skip(_records, _lastUnixNanos);

    /// <summary>Counts records that are in the hour's files already.</summary>
    public void Skip(long records, long lastUnixNanos)
    {
        _records += (int)records;
        _lastUnixNanos = Math.Max(_lastUnixNanos, lastUnixNanos);
    }
}
