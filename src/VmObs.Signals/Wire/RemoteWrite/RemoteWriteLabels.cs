namespace VmObs.Signals.Wire.RemoteWrite;

/// <summary>Finds a series' labels in its message without reading them.</summary>
internal static class RemoteWriteLabels
{
    private const byte LabelTag = 1 << 3 | ProtobufReader.Bytes;

    /// <summary>Whether the bytes go on with a label.</summary>
    public static bool BeginsWithLabel(ReadOnlySpan<byte> message) => !message.IsEmpty && message[0] == LabelTag;

    /// <summary>The label fields with which a TimeSeries message begins, which are all its labels as every sender writes it.</summary>
    /// <param name="message">0A 0F 0A 08 5F 5F 6E … 0A 12 … 12 0F …</param>
    /// <param name="count">Number of labels among them.</param>
    public static ReadOnlySpan<byte> Leading(ReadOnlySpan<byte> message, out int count)
    {
        var at = 0;
        count = 0;
        // A length of two bytes covers labels of up to 16 KiB; others, and damage, are left to the reader.
        while (at + 2 < message.Length && message[at] == LabelTag)
        {
            var length = (int)message[at + 1];
            var start = at + 2;
            if (length >= 0x80)
            {
                if (message[start] >= 0x80)
                    break;
                length = (length & 0x7F) | (message[start++] << 7);
            }
            if (length > message.Length - start)
                break;
            at = start + length;
            count++;
        }
        return message[..at];
    }
}
