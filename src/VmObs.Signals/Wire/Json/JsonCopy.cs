namespace VmObs.Signals.Wire.Json;

/// <summary>Writes values that a <see cref="JsonWalker"/> has read: without space, numbers digit for digit, strings as our own writer spells them.</summary>
internal static class JsonCopy
{
    /// <summary>Writes a value.</summary>
    /// <param name="value">Well-formed JSON.</param>
    /// <param name="destination">Gets it on one line.</param>
    /// <param name="scratch">Space for a string with escapes.</param>
    public static void Write(ReadOnlySpan<byte> value, PooledBuffer destination, PooledBuffer scratch)
    {
        while (!value.IsEmpty)
        {
            var stop = value.IndexOfAny("\" \t\n\r"u8);
            if (stop < 0)
            {
                destination.Write(value);
                return;
            }
            destination.Write(value[..stop]);
            value = value[stop..];
            if (value[0] != '"')
            {
                value = value[1..];
                continue;
            }
            var content = ContentOf(value);
            WriteString(content, destination, scratch);
            value = value[(content.Length + 2)..];
        }
    }

    /// <summary>Writes a string, with its quotes, from what stands between them.</summary>
    public static void WriteString(ReadOnlySpan<byte> content, PooledBuffer destination, PooledBuffer scratch)
    {
        destination.WriteByte((byte)'"');
        if (content.Contains((byte)'\\'))
            JsonText.WriteContent(destination, Text(content, scratch));
        else
            destination.Write(content);
        destination.WriteByte((byte)'"');
    }

    /// <summary>The text that a string's content stands for; lies in the content or in the scratch space.</summary>
    public static ReadOnlySpan<byte> Text(ReadOnlySpan<byte> content, PooledBuffer scratch)
    {
        if (!content.Contains((byte)'\\'))
            return content;
        scratch.Clear();
        JsonUnescape.Write(content, scratch);
        return scratch.WrittenSpan;
    }

    /// <summary>What stands between the quotes of the string with which the value begins.</summary>
    private static ReadOnlySpan<byte> ContentOf(ReadOnlySpan<byte> value)
    {
        var at = 1;
        while (true)
        {
            at += value[at..].IndexOfAny((byte)'"', (byte)'\\');
            if (value[at] == '"')
                return value[1..at];
            at += 2;
        }
    }
}
