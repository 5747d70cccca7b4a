namespace VmObs.Signals.Wire.ElasticBulk;

/// <summary>The lines of a body that are not empty.</summary>
internal ref struct BulkLines(ReadOnlySpan<byte> body)
{
    private readonly ReadOnlySpan<byte> _body = body;
    private int _position;

    /// <summary>The current line's number, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>Moves to the next line; false after the last one.</summary>
    public bool Next(out WireSlice line)
    {
        while (_position < _body.Length)
        {
            var start = _position;
            var length = _body[start..].IndexOf((byte)'\n');
            length = length < 0 ? _body.Length - start : length;
            _position = start + length + 1;
            Number++;
            line = new WireSlice(start, length);
            if (_body.Slice(start, length).ContainsAnyExcept(" \t\r"u8))
                return true;
        }
        line = default;
        return false;
    }
}
