using System.Buffers.Binary;
using System.Buffers.Text;

namespace VmObs.Signals.Ports;

/// <summary>A place in the order of log records: by time, then by id. What a list's cursor stands for.</summary>
/// <param name="TimestampUnixNanos">A record's time.</param>
/// <param name="Id">Its log_id as the document writes it between the quotes, UTF-8.</param>
/// <remarks>Ids are unique and stay what they are when hours seal (docs/decisions/0002-log-ids.md), so a place means the same before and after.</remarks>
public sealed record LogPosition(long TimestampUnixNanos, ReadOnlyMemory<byte> Id)
{
    private const int MaxTextLength = 32 * 1024;

    // Every document begins so, whichever store it comes from.
    private static ReadOnlySpan<byte> DocumentStart => "{\"log_id\":\""u8;

    /// <summary>Where a record stands.</summary>
    /// <exception cref="FormatException">Its document does not begin with a log_id.</exception>
    public static LogPosition Of(in LogRecord record) => new(record.TimestampUnixNanos, IdOf(record.Json));

    /// <summary>The log_id of a document, as it stands between the quotes.</summary>
    /// <exception cref="FormatException">It does not begin with one.</exception>
    public static ReadOnlyMemory<byte> IdOf(ReadOnlyMemory<byte> document)
    {
        var length = document.Span.StartsWith(DocumentStart) ? EndOfString(document.Span[DocumentStart.Length..]) : -1;
        return length >= 0 ? document.Slice(DocumentStart.Length, length) : throw new FormatException("a log document that does not begin with its log_id");
    }

    /// <summary>Negative where this place comes before a record in the order from old to new, positive behind it, 0 at it.</summary>
    public int CompareTo(long timestampUnixNanos, ReadOnlySpan<byte> id)
    {
        var order = TimestampUnixNanos.CompareTo(timestampUnixNanos);
        return order != 0 ? order : Id.Span.SequenceCompareTo(id);
    }

    /// <summary>The cursor: base64url of the time (8 bytes, big-endian) and the id.</summary>
    public override string ToString()
    {
        var bytes = new byte[sizeof(long) + Id.Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes, TimestampUnixNanos);
        Id.Span.CopyTo(bytes.AsSpan(sizeof(long)));
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Reads a cursor; null when it is none.</summary>
    public static LogPosition? TryParse(string cursor)
    {
        if (cursor.Length > MaxTextLength || !Base64Url.IsValid(cursor))
            return null;
        var bytes = Base64Url.DecodeFromChars(cursor);
        return bytes.Length > sizeof(long) ? new LogPosition(BinaryPrimitives.ReadInt64BigEndian(bytes), bytes.AsMemory(sizeof(long))) : null;
    }

    /// <inheritdoc/>
    public bool Equals(LogPosition? other) => other is not null && CompareTo(other.TimestampUnixNanos, other.Id.Span) == 0;

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(TimestampUnixNanos);
        hash.AddBytes(Id.Span);
        return hash.ToHashCode();
    }

    private static int EndOfString(ReadOnlySpan<byte> content)
    {
        for (var at = 0; at < content.Length; at++)
        {
            if (content[at] == '"')
                return at;
            if (content[at] == '\\')
                at++;
        }
        return -1;
    }
}
