using System.Buffers.Text;
using System.Text;

namespace VmObs.Signals.Wire.PromText;

/// <summary>What a line that was read is.</summary>
public enum ExpositionLine
{
    /// <summary>The end, or a fault: <see cref="ExpositionReader.Error"/>.</summary>
    End,

    /// <summary>A sample.</summary>
    Sample,

    /// <summary># TYPE, # UNIT or # HELP of a family.</summary>
    Metadata,
}

/// <summary>Reads Prometheus's text format 0.0.4 and OpenMetrics 1.0, line by line, without copying or allocating.</summary>
/// <remarks>https://prometheus.io/docs/instrumenting/exposition_formats/ and
/// https://prometheus.io/docs/specs/om/open_metrics_spec/. A body with a fault is refused as a whole by whoever reads it, as Prometheus does.</remarks>
public ref struct ExpositionReader
{
    private readonly ReadOnlySpan<byte> _body;
    private readonly bool _isOpenMetrics;
    private int _position, _line;
    private bool _ended;

    /// <summary>Reads a body.</summary>
    /// <param name="body">UTF-8.</param>
    /// <param name="isOpenMetrics">OpenMetrics instead of 0.0.4: times are seconds, exemplars are there, "# EOF" must be the last line.</param>
    public ExpositionReader(ReadOnlySpan<byte> body, bool isOpenMetrics)
    {
        _body = body;
        _isOpenMetrics = isOpenMetrics;
    }

    /// <summary>The sample's name and labels as they stand there: what it is known by from one scrape to the next.</summary>
    public ReadOnlySpan<byte> Series { get; private set; }

    /// <summary>The sample's value.</summary>
    public double Value { get; private set; }

    /// <summary>The sample's own time, Unix ms; null when it has none.</summary>
    public long? UnixMillis { get; private set; }

    /// <summary>The labels of the sample's exemplar as they stand there, as <see cref="SeriesText"/> reads them; empty without one. OpenMetrics alone has them.</summary>
    public ReadOnlySpan<byte> Exemplar { get; private set; }

    /// <summary>The exemplar's value.</summary>
    public double ExemplarValue { get; private set; }

    /// <summary>The exemplar's own time, Unix ms; null when it has none.</summary>
    public long? ExemplarUnixMillis { get; private set; }

    /// <summary>"TYPE", "HELP" or "UNIT".</summary>
    public ReadOnlySpan<byte> Keyword { get; private set; }

    /// <summary>The metadata's family.</summary>
    public ReadOnlySpan<byte> Family { get; private set; }

    /// <summary>What the metadata says of it.</summary>
    public ReadOnlySpan<byte> Text { get; private set; }

    /// <summary>Why the body cannot be read further; null while it can.</summary>
    public WireError? Error { get; private set; }

    /// <summary>Moves to the next sample or metadata.</summary>
    public ExpositionLine Next()
    {
        while (Error is null && _position < _body.Length)
        {
            var rest = _body[_position..];
            var feed = rest.IndexOf((byte)'\n');
            var line = (feed < 0 ? rest : rest[..feed]).TrimEnd((byte)'\r');
            var start = _position;
            _position += feed < 0 ? rest.Length : feed + 1;
            _line++;
            if (_ended)
                return Fail(start, "the end of the body after # EOF", "more");
            var trimmed = _isOpenMetrics ? line : line.TrimStart(" \t"u8);
            if (trimmed.IsEmpty)
                continue;
            if (trimmed[0] != '#')
                return ReadSample(trimmed, start + line.Length - trimmed.Length);
            if (TryReadMetadata(trimmed))
                return ExpositionLine.Metadata;
        }
        if (Error is null && _isOpenMetrics && !_ended)
            return Fail(_body.Length, "# EOF", "the end of the body");
        return ExpositionLine.End;
    }

    private bool TryReadMetadata(ReadOnlySpan<byte> line)
    {
        var rest = line[1..].TrimStart(" \t"u8);
        if (_isOpenMetrics && rest.SequenceEqual("EOF"u8))
        {
            _ended = true;
            return false;
        }
        var keyword = TakeWord(ref rest);
        if (!keyword.SequenceEqual("TYPE"u8) && !keyword.SequenceEqual("HELP"u8) && !keyword.SequenceEqual("UNIT"u8))
            return false;
        Keyword = keyword;
        var family = TakeWord(ref rest);
        Family = family is [(byte)'"', .. var quoted, (byte)'"'] ? quoted : family;
        Text = rest;
        return !Family.IsEmpty;
    }

    private ExpositionLine ReadSample(ReadOnlySpan<byte> line, int start)
    {
        if (!SeriesText.TryMeasure(line, out var length, out var expected))
            return Fail(start + length, expected, Describe(line, length));
        Series = line[..length].TrimEnd(" \t"u8);
        var rest = line[length..].TrimStart(" \t"u8);
        var at = line.Length - rest.Length;
        var value = TakeWord(ref rest);
        if (!TryReadValue(value, out var number))
            return Fail(start + at, "a value: a number, NaN, +Inf or -Inf", value.IsEmpty ? "the end of the line" : Encoding.UTF8.GetString(value[..Math.Min(40, value.Length)]));
        Value = number;
        UnixMillis = null;
        Exemplar = default;
        if (!rest.IsEmpty && rest[0] != '#')
        {
            at = line.Length - rest.Length;
            var time = TakeWord(ref rest);
            if (!TryReadTime(time, out var millis))
                return Fail(start + at, _isOpenMetrics ? "a time in seconds" : "a time in milliseconds", Encoding.UTF8.GetString(time[..Math.Min(40, time.Length)]));
            UnixMillis = millis;
            if (!rest.IsEmpty && !(_isOpenMetrics && rest[0] == '#'))
                return Fail(start + line.Length - rest.Length, "the end of the line", Describe(rest, 0));
        }
        return rest.IsEmpty || !_isOpenMetrics ? ExpositionLine.Sample : ReadExemplar(line, rest[1..].TrimStart(" \t"u8), start);
    }

    /// <summary><c># {trace_id="4bf9"} 0.67 1520879607.789</c> behind a sample.</summary>
    private ExpositionLine ReadExemplar(ReadOnlySpan<byte> line, ReadOnlySpan<byte> rest, int start)
    {
        var at = start + line.Length - rest.Length;
        if (rest.IsEmpty || rest[0] != '{')
            return Fail(at, "an exemplar's labels", Describe(rest, 0));
        if (!SeriesText.TryMeasure(rest, out var length, out var expected))
            return Fail(at + length, expected, Describe(rest, length));
        Exemplar = rest[..length];
        rest = rest[length..].TrimStart(" \t"u8);
        at = start + line.Length - rest.Length;
        var value = TakeWord(ref rest);
        if (!TryReadValue(value, out var number))
            return Fail(at, "an exemplar's value: a number, NaN, +Inf or -Inf", value.IsEmpty ? "the end of the line" : Encoding.UTF8.GetString(value[..Math.Min(40, value.Length)]));
        ExemplarValue = number;
        ExemplarUnixMillis = null;
        if (rest.IsEmpty)
            return ExpositionLine.Sample;
        at = start + line.Length - rest.Length;
        var time = TakeWord(ref rest);
        if (!TryReadTime(time, out var millis))
            return Fail(at, "an exemplar's time in seconds", Encoding.UTF8.GetString(time[..Math.Min(40, time.Length)]));
        ExemplarUnixMillis = millis;
        return rest.IsEmpty ? ExpositionLine.Sample : Fail(start + line.Length - rest.Length, "the end of the line", Describe(rest, 0));
    }

    private readonly bool TryReadTime(ReadOnlySpan<byte> text, out long millis)
    {
        if (Utf8Parser.TryParse(text, out millis, out var read) && read == text.Length && !_isOpenMetrics)
            return true;
        if (!_isOpenMetrics || !Utf8Parser.TryParse(text, out double seconds, out read) || read != text.Length || Math.Abs(seconds) > 9e15)
            return false;
        millis = (long)Math.Round(seconds * 1000, MidpointRounding.ToEven);
        return true;
    }

    private static bool TryReadValue(ReadOnlySpan<byte> text, out double value)
    {
        if (Utf8Parser.TryParse(text, out value, out var read) && read == text.Length && double.IsFinite(value))
            return true;
        var sign = text.StartsWith("-"u8) ? -1 : 1;
        var word = text is [(byte)'+' or (byte)'-', .. var unsigned] ? unsigned : text;
        value = Ascii.EqualsIgnoreCase(word, "nan"u8) ? double.NaN : sign * double.PositiveInfinity;
        return double.IsNaN(value) || Ascii.EqualsIgnoreCase(word, "inf"u8) || Ascii.EqualsIgnoreCase(word, "infinity"u8);
    }

    private static ReadOnlySpan<byte> TakeWord(scoped ref ReadOnlySpan<byte> rest)
    {
        var end = rest.IndexOfAny((byte)' ', (byte)'\t');
        var word = end < 0 ? rest : rest[..end];
        rest = end < 0 ? default : rest[end..].TrimStart(" \t"u8);
        return word;
    }

    private ExpositionLine Fail(int offset, string expected, string found)
    {
        Error = new WireError(offset, $"line {Math.Max(1, _line)}", expected, found);
        return ExpositionLine.End;
    }

    private static string Describe(ReadOnlySpan<byte> line, int at) => at >= line.Length ? "the end of the line" : line[at] is > 0x20 and < 0x7F ? $"'{(char)line[at]}'" : $"byte 0x{line[at]:x2}";
}
