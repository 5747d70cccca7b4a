namespace VmObs.Verify;

/// <summary>Reads a file's lines as bytes, and how many bytes follow the last newline.</summary>
internal sealed class LineReader(string path) : IDisposable
{
    private const int MaxBytes = 1024 * 1024;

    private readonly FileStream _file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
    private byte[] _buffer = new byte[128 * 1024];
    private int _start;
    private int _end;

    /// <summary>Bytes after the last newline; known after <see cref="Next"/> gave null.</summary>
    public int TornBytes => _end - _start;

    /// <summary>The next line without its newline; null after the last.</summary>
    public byte[]? Next()
    {
        while (true)
        {
            var length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                var line = _buffer.AsSpan(_start, length).ToArray();
                _start += length + 1;
                return line;
            }
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            if (_end == MaxBytes)
            {
                // No line of a scroll is this long: handed on as it is, it is a finding, and nothing after it can be checked.
                var cut = _buffer.AsSpan(0, _end).ToArray();
                _end = 0;
                return cut;
            }
            if (_end == _buffer.Length)
                Array.Resize(ref _buffer, _buffer.Length * 2);
            var read = _file.Read(_buffer, _end, _buffer.Length - _end);
            if (read == 0)
                return null;
            _end += read;
        }
    }

    public void Dispose() => _file.Dispose();
}
