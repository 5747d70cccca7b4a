using System.Buffers;
using System.Text.Json;

namespace VmObs.Signals.Filters;

/// <summary>Walks a JSON object along a path. One pass, no allocation; the depth of recursion is bounded by the path's segments.</summary>
internal static class JsonPathScan
{
    private const int StackBytes = 512;

    /// <summary>Offers the values at the path to the test until it accepts one.</summary>
    public static bool Any(ReadOnlySpan<byte> json, FilterPath path, FilterTest test, out bool found)
    {
        found = false;
        if (json.IsEmpty)
            return false;
        var reader = new Utf8JsonReader(json);
        return reader.Read() && reader.TokenType == JsonTokenType.StartObject && AnyMember(ref reader, path, 0, test, ref found);
    }

    /// <summary>Finds an object that is a member of the document.</summary>
    public static bool TryFindObject(ReadOnlySpan<byte> json, FilterPath path, out ReadOnlySpan<byte> value)
    {
        value = default;
        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isWanted = reader.ValueTextEquals(path.Utf8);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            var isObject = reader.TokenType == JsonTokenType.StartObject;
            reader.Skip();
            if (!isWanted)
                continue;
            value = json[start..(int)reader.BytesConsumed];
            return isObject;
        }
        return false;
    }

    private static bool AnyMember(ref Utf8JsonReader reader, FilterPath path, int segment, FilterTest test, ref bool found)
    {
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var taken = SegmentsTaken(ref reader, path.NamesFrom(segment));
            reader.Read();
            if (taken == 0)
            {
                reader.Skip();
                continue;
            }
            if (segment + taken == path.Segments.Count)
            {
                found = true;
                if (AcceptsAny(ref reader, test))
                    return true;
            }
            else if (AnyBelow(ref reader, path, segment + taken, test, ref found))
            {
                return true;
            }
        }
        return false;
    }

    private static int SegmentsTaken(ref Utf8JsonReader reader, ReadOnlySpan<byte[]> names)
    {
        for (var i = 0; i < names.Length; i++)
        {
            if (reader.ValueTextEquals(names[i]))
                return i + 1;
        }
        return 0;
    }

    private static bool AnyBelow(ref Utf8JsonReader reader, FilterPath path, int segment, FilterTest test, ref bool found)
    {
        if (reader.TokenType == JsonTokenType.StartObject)
            return AnyMember(ref reader, path, segment, test, ref found);
        if (reader.TokenType != JsonTokenType.StartArray)
            return false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
                reader.Skip();
            else if (AnyMember(ref reader, path, segment, test, ref found))
                return true;
        }
        return false;
    }

    private static bool AcceptsAny(ref Utf8JsonReader reader, FilterTest test)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            return Accepts(ref reader, test);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (Accepts(ref reader, test))
                return true;
        }
        return false;
    }

    private static bool Accepts(ref Utf8JsonReader reader, FilterTest test)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                return reader.ValueIsEscaped ? AcceptsEscaped(ref reader, test) : test.Accepts(FilterValue.OfText(reader.ValueSpan));
            case JsonTokenType.Number:
                return test.Accepts(FilterValue.OfNumber(reader.ValueSpan));
            case JsonTokenType.True or JsonTokenType.False:
                return test.Accepts(FilterValue.OfBoolean(reader.TokenType == JsonTokenType.True));
            case JsonTokenType.Null:
                return test.Accepts(FilterValue.Null);
            default:
                reader.Skip();
                return test.Accepts(FilterValue.Composite);
        }
    }

    private static bool AcceptsEscaped(ref Utf8JsonReader reader, FilterTest test)
    {
        var rented = reader.ValueSpan.Length > StackBytes ? ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length) : null;
        var text = rented ?? stackalloc byte[StackBytes];
        var accepted = test.Accepts(FilterValue.OfText(text[..reader.CopyString(text)]));
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        return accepted;
    }
}
