namespace VmObs.Signals.Labels;

/// <summary>Reads the canonical bytes of a label set, which are the identity of a series and of a log stream.</summary>
/// <remarks>
/// Labels ascend by the bytes of their names; a name stands once; empty values are left out. Each label is
/// <c>varint name length · name · varint value length · value</c>, lengths in LEB128, text in UTF-8:
/// <code>08 __name__ 0b cpu_percent 04 node 08 brick-01</code>
/// </remarks>
public ref struct LabelKeyReader(ReadOnlySpan<byte> key)
{
    private ReadOnlySpan<byte> _rest = key;

    /// <summary>The current label's name.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>The current label's value.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Moves to the next label; false after the last.</summary>
    /// <exception cref="FormatException">The bytes are not a label set.</exception>
    public bool Next()
    {
        if (_rest.IsEmpty)
            return false;
        Name = Take();
        Value = Take();
        return true;
    }

    private ReadOnlySpan<byte> Take()
    {
        var length = 0;
        for (var shift = 0; ; shift += 7)
        {
            if (_rest.IsEmpty || shift > 28)
                throw new FormatException("label set: a length is cut off or too long");
            var b = _rest[0];
            _rest = _rest[1..];
            length |= (b & 0x7F) << shift;
            if (b < 0x80)
                break;
        }
        if ((uint)length > (uint)_rest.Length)
            throw new FormatException($"label set: a text of {length} bytes is cut off after {_rest.Length}");
        var text = _rest[..length];
        _rest = _rest[length..];
        return text;
    }
}
