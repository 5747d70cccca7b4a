namespace VmObs.Import;

/// <summary>Reads a stream line by line, in bytes. Disposing it disposes the stream.</summary>
internal sealed class LineReader(Stream stream, int maxLineBytes) : IAsyncDisposable
{
    private byte[] _buffer = new byte[256 * 1024];
    private int _start, _end;
    private bool _isAtEnd;

    /// <summary>Bytes of the lines read so far.</summary>
    public long Position { get; private set; }

    /// <summary>Number of the line read last, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>The next bytes without reading them; fewer only at the end of the stream.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> PeekAsync(int bytes, CancellationToken cancellationToken)
    {
        while (_end - _start < bytes && await FillAsync(cancellationToken))
        {
        }
        return _buffer.AsMemory(_start, Math.Min(bytes, _end - _start));
    }

    /// <summary>Reads a line without its line feed; null at the end. Valid until the next call.</summary>
    /// <exception cref="FormatException">The line is longer than one may be.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(CancellationToken cancellationToken)
    {
        var searched = 0;
        while (true)
        {
            var feed = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (feed >= 0)
                return Take(searched + feed, 1);
            searched = _end - _start;
            if (searched > maxLineBytes)
                throw new FormatException($"line {Line + 1}: got more than {maxLineBytes} bytes, want at most that in a line");
            if (!await FillAsync(cancellationToken))
                return searched == 0 ? (ReadOnlyMemory<byte>?)null : Take(searched, 0);
        }
    }

    /// <summary>Passes over whole lines up to a position that lies at a line's beginning.</summary>
    public async Task SkipToAsync(long position, CancellationToken cancellationToken)
    {
        while (Position < position && await ReadAsync(cancellationToken) is not null)
        {
        }
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private ReadOnlyMemory<byte> Take(int length, int ending)
    {
        var line = _buffer.AsMemory(_start, length);
        _start += length + ending;
        Position += length + ending;
        Line++;
        return line;
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_isAtEnd)
            return false;
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        var read = await stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        _end += read;
        _isAtEnd = read == 0;
        return read > 0;
    }
}
