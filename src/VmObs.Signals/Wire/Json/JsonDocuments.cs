namespace VmObs.Signals.Wire.Json;

/// <summary>Finds the documents of a body: one, an array of them, or one after another, mostly a line each (NDJSON).</summary>
/// <remarks>
/// A document that breaks off is one fault of its own, and reading goes on with the line after the one in which it began: what a bad line
/// costs is that line. In an array nobody can say where the next one would begin, so there it is a fault of the body. Each byte is walked
/// at most <see cref="JsonWalker.MaxDepth"/> times: a line can only swallow those behind it by opening something, and so must each of them.
/// </remarks>
internal ref struct JsonDocuments
{
    private readonly ReadOnlySpan<byte> _body;
    private readonly ref WireFault _fault;
    private JsonWalker _walker;
    private int _counted, _items;
    private bool _isArray;

    /// <summary>Looks through a body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="fault">What is wrong with the current document; offsets are those of the body.</param>
    public JsonDocuments(ReadOnlySpan<byte> body, ref WireFault fault)
    {
        _body = body;
        _fault = ref fault;
        _walker = new JsonWalker(body, 0, ref fault);
    }

    /// <summary>Line on which the current document begins, from 1.</summary>
    public int Line { get; private set; } = 1;

    /// <summary>Why the rest of the body cannot be read; null while it can.</summary>
    public WireError? Error { get; private set; }

    /// <summary>Moves to the next document; false after the last one, and where the body cannot be read further.</summary>
    /// <param name="document">The document; nothing when it has a fault.</param>
    public bool Next(out WireSlice document)
    {
        document = default;
        _fault = default;
        if (Error is not null)
            return false;
        return _items++ == 0 ? First(ref document) : _isArray ? NextItem(ref document) : NextOfSequence(ref document);
    }

    /// <summary>Walks a document that was found.</summary>
    public readonly JsonWalker Open(WireSlice document) => _walker.Open(document);

    private bool First(ref WireSlice document)
    {
        if (_body.StartsWith("\uFEFF"u8))
            _walker.MoveTo(3);
        if (_walker.PeekValue() != '[')
            return NextOfSequence(ref document);
        _isArray = true;
        _walker.MoveTo(_walker.Position + 1);
        return _walker.PeekValue() == ']' ? End() : ReadItem(ref document);
    }

    private bool NextItem(ref WireSlice document)
    {
        if (_walker.PeekValue() == ']')
            return End();
        if (_walker.PeekValue() == ',')
        {
            _walker.MoveTo(_walker.Position + 1);
            return ReadItem(ref document);
        }
        _walker.FailAt(_walker.Position, "',' or ']'", _walker.AtEnd() ? "the end" : "another byte");
        return Broken();
    }

    private bool ReadItem(ref WireSlice document)
    {
        _walker.PeekValue();
        CountLines(_walker.Position);
        document = _walker.ReadValue();
        return !_walker.Failed || Broken();
    }

    private bool End()
    {
        _walker.MoveTo(_walker.Position + 1);
        if (_walker.AtEnd())
        {
                _isArray = false;
            return false;
        }
        _walker.FailAt(_walker.Position, "the end of the body after the array", "more");
        return Broken();
    }

    private bool Broken()
    {
        Error = new WireError(_fault.Offset, $"line {Line}", _fault.Expected!, _fault.Found!);
        return false;
    }

    private bool NextOfSequence(ref WireSlice document)
    {
        if (_walker.AtEnd())
            return false;
        var start = _walker.Position;
        CountLines(start);
        document = _walker.ReadValue();
        if (!_walker.Failed)
            return true;
        var end = _body[start..].IndexOf((byte)'\n');
        _walker.MoveTo(end < 0 ? _body.Length : start + end + 1);
        return true;
    }

    private void CountLines(int position)
    {
        Line += _body[_counted..position].Count((byte)'\n');
        _counted = position;
    }
}
