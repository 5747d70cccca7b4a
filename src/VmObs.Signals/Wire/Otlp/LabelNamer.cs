namespace VmObs.Signals.Wire.Otlp;

/// <summary>Translates attribute keys to label names, as Prometheus does: <c>http.method</c> → http_method, <c>2xx</c> → key_2xx.</summary>
/// <remarks>One pass over the key, so nothing need be remembered.
/// https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#metric-attributes</remarks>
internal sealed class LabelNamer(OtlpTranslation translation)
{
    private const int MinReservedLength = 4;

    private readonly bool _escapes = translation is OtlpTranslation.UnderscoreEscapingWithSuffixes or OtlpTranslation.UnderscoreEscapingWithoutSuffixes;

    /// <summary>Whether the key is a label's name as it stands.</summary>
    public bool IsName(ReadOnlySpan<byte> key)
    {
        if (!_escapes)
            return true;
        var wasUnderscore = true; // one in front is for the slow way to judge
        foreach (var b in key)
        {
            var isUnderscore = b == '_';
            if ((isUnderscore && wasUnderscore) || (!isUnderscore && !char.IsAsciiLetterOrDigit((char)b)))
                return false;
            wasUnderscore = isUnderscore;
        }
        return !key.IsEmpty && !char.IsAsciiDigit((char)key[0]);
    }

    /// <summary>Appends the label's name; nothing when the key leaves no name.</summary>
    public void Write(ReadOnlySpan<byte> key, PooledBuffer destination)
    {
        if (!_escapes)
        {
            destination.Write(key);
            return;
        }
        var start = destination.Length;
        // Names such as __name__ are Prometheus's own: their underscores stay.
        var isReserved = key.Length >= MinReservedLength && key.StartsWith("__"u8) && key.EndsWith("__"u8);
        if (isReserved)
            destination.Write("__"u8);
        else if (!key.IsEmpty && char.IsAsciiDigit((char)key[0]))
            destination.Write("key_"u8);
        WriteEscaped(isReserved ? key[2..^2] : key, destination);
        if (isReserved)
            destination.Write("__"u8);
        if (!destination.WrittenSpan[start..].ContainsAnyExcept((byte)'_'))
            destination.Truncate(start);
    }

    /// <summary>Each run of characters that a name has not is one underscore. All bytes of such a character are such a run.</summary>
    private static void WriteEscaped(ReadOnlySpan<byte> key, PooledBuffer destination)
    {
        var space = destination.GetSpan(key.Length);
        var at = 0;
        foreach (var b in key)
        {
            if (char.IsAsciiLetterOrDigit((char)b))
                space[at++] = b;
            else if (at == 0 || space[at - 1] != '_')
                space[at++] = (byte)'_';
        }
        destination.Advance(at);
    }
}
