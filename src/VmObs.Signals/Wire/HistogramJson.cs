namespace VmObs.Signals.Wire;

/// <summary>Writes the members of a histogram in a sample's detail.</summary>
internal static class HistogramJson
{
    /// <summary>Writes <c>"min":…,"max":…</c>, those that are given.</summary>
    public static void WriteExtremes(PooledBuffer json, double? min, double? max)
    {
        if (min is { } least)
        {
            WriteName("\"min\":"u8, json);
            JsonText.WriteDouble(json, least);
        }
        if (max is { } most)
        {
            WriteName("\"max\":"u8, json);
            JsonText.WriteDouble(json, most);
        }
    }

    /// <summary>Writes a member's name, and a comma before it unless it is the object's first.</summary>
    public static void WriteName(ReadOnlySpan<byte> name, PooledBuffer json)
    {
        if (json.WrittenSpan[^1] != '{')
            json.WriteByte((byte)',');
        json.Write(name);
    }

    /// <summary>Writes an unsigned integer; beyond 2^53 − 1 as a string of decimal digits.</summary>
    public static void WriteCount(PooledBuffer json, ulong value)
    {
        if (value <= JsonText.MaxSafeInteger)
        {
            JsonText.WriteDigits(json, (long)value);
            return;
        }
        json.WriteByte((byte)'"');
        System.Buffers.Text.Utf8Formatter.TryFormat(value, json.GetSpan(20), out var length);
        json.Advance(length);
        json.WriteByte((byte)'"');
    }
}
