namespace VmObs.Signals.Wire.LokiPush;

/// <summary>Walks the top-level members of a line that is a JSON object; stops quietly where it is none.</summary>
/// <remarks>Not a validator: a log line may be anything, and one that only begins like JSON must cost no exception.</remarks>
internal ref struct JsonLineReader(ReadOnlySpan<byte> line)
{
    private ReadOnlySpan<byte> _rest = line;
    private bool _inside;

    /// <summary>The current member's name, escapes and all.</summary>
    public ReadOnlySpan<byte> Name { get; private set; }

    /// <summary>The current member's text when it is a string, escapes and all; else empty.</summary>
    public ReadOnlySpan<byte> Text { get; private set; }

    /// <summary>Moves to the next member; false after the last, and where the line is no JSON object.</summary>
    public bool Next()
    {
        if (!Take(_inside ? (byte)',' : (byte)'{'))
            return false;
        _inside = true;
        if (!TryTakeString(out var name) || !Take((byte)':'))
            return false;
        Name = name;
        SkipSpace();
        Text = default;
        if (_rest.IsEmpty)
            return false;
        if (_rest[0] == '"')
        {
            if (!TryTakeString(out var text))
                return false;
            Text = text;
            return true;
        }
        return _rest[0] is (byte)'{' or (byte)'[' ? TrySkipNested() : TrySkipLiteral();
    }

    private bool TrySkipLiteral()
    {
        var end = _rest.IndexOfAny((byte)',', (byte)'}');
        if (end <= 0)
            return false;
        _rest = _rest[end..];
        return true;
    }

    private bool TrySkipNested()
    {
        var depth = 0;
        while (true)
        {
            var next = _rest.IndexOfAny("\"{}[]"u8);
            if (next < 0)
                return false;
            _rest = _rest[next..];
            if (_rest[0] == '"')
            {
                if (!TryTakeString(out _))
                    return false;
                continue;
            }
            depth += _rest[0] is (byte)'{' or (byte)'[' ? 1 : -1;
            _rest = _rest[1..];
            if (depth == 0)
                return true;
        }
    }

    private bool TryTakeString(out ReadOnlySpan<byte> text)
    {
        text = default;
        if (!Take((byte)'"'))
            return false;
        for (var at = 0; at < _rest.Length;)
        {
            var next = _rest[at..].IndexOfAny((byte)'"', (byte)'\\');
            if (next < 0)
                return false;
            at += next;
            if (_rest[at] == '"')
            {
                text = _rest[..at];
                _rest = _rest[(at + 1)..];
                return true;
            }
            at += 2;
        }
        return false;
    }

    private bool Take(byte wanted)
    {
        SkipSpace();
        if (_rest.IsEmpty || _rest[0] != wanted)
            return false;
        _rest = _rest[1..];
        return true;
    }

    private void SkipSpace()
    {
        while (!_rest.IsEmpty && _rest[0] is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r')
            _rest = _rest[1..];
    }
}
