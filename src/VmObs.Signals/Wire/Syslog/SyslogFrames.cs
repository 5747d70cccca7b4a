using System.Buffers.Text;

namespace VmObs.Signals.Wire.Syslog;

/// <summary>Takes syslog messages out of a stream: octet-counted ("57 &lt;34&gt;1 …") or ended by a line feed or NUL, each message by its own choice.</summary>
/// <remarks>RFC 6587. A message never begins with a digit other than a count's: it begins with its priority in angle brackets.</remarks>
public static class SyslogFrames
{
    /// <summary>A message longer than this is cut there, bytes.</summary>
    public const int MaxMessageBytes = 256 * 1024;

    private const int MaxCountDigits = 6;

    /// <summary>Takes the first message of a stream's bytes.</summary>
    /// <param name="bytes">What has arrived and was not taken yet.</param>
    /// <param name="isEnd">Whether nothing follows: the last message needs no end then.</param>
    /// <param name="message">The message without its framing; empty for a line that is empty.</param>
    /// <param name="consumed">How many of the bytes to leave out the next time.</param>
    /// <returns>False where more bytes are needed.</returns>
    public static bool TryTake(ReadOnlySpan<byte> bytes, bool isEnd, out ReadOnlySpan<byte> message, out int consumed)
    {
        if (TryReadCount(bytes, out var head, out var count))
            return TryTakeCounted(bytes, head, count, isEnd, out message, out consumed);
        var end = bytes.IndexOfAny((byte)'\n', (byte)0);
        if (end < 0 && !isEnd && bytes.Length < MaxMessageBytes)
        {
            message = default;
            consumed = 0;
            return false;
        }
        message = end < 0 ? bytes : bytes[..end];
        consumed = end < 0 ? bytes.Length : end + 1;
        if (message.Length > MaxMessageBytes)
        {
            message = message[..MaxMessageBytes];
            consumed = MaxMessageBytes;
        }
        message = message.TrimEnd((byte)'\r');
        return consumed > 0;
    }

    /// <summary>Appends a message, octet-counted: the form in which <see cref="TryTake"/> gives it back whatever its bytes.</summary>
    public static void Append(PooledBuffer destination, ReadOnlySpan<byte> message)
    {
        Utf8Formatter.TryFormat(message.Length, destination.GetSpan(11), out var digits);
        destination.Advance(digits);
        destination.WriteByte((byte)' ');
        destination.Write(message);
    }

    private static bool TryTakeCounted(ReadOnlySpan<byte> bytes, int head, int count, bool isEnd, out ReadOnlySpan<byte> message, out int consumed)
    {
        var whole = Math.Min(count, MaxMessageBytes);
        message = default;
        consumed = 0;
        if (bytes.Length - head < whole)
        {
            if (!isEnd || bytes.Length == head)
                return false;
            whole = bytes.Length - head;
        }
        message = bytes.Slice(head, whole);
        consumed = head + whole;
        return true;
    }

    /// <summary>Reads "57 "; false where the stream does not go on with a count.</summary>
    private static bool TryReadCount(ReadOnlySpan<byte> bytes, out int head, out int count)
    {
        head = count = 0;
        if (bytes.IsEmpty || bytes[0] is < (byte)'1' or > (byte)'9')
            return false;
        while (head < bytes.Length && head <= MaxCountDigits && bytes[head] is >= (byte)'0' and <= (byte)'9')
            count = (count * 10) + bytes[head++] - '0';
        if (head > MaxCountDigits || head == bytes.Length || bytes[head] != ' ')
            return false;
        head++;
        return true;
    }
}
