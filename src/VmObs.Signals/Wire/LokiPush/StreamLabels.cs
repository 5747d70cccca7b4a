using System.Buffers;

namespace VmObs.Signals.Wire.LokiPush;

/// <summary>Reads a stream's labels from Loki's text: <c>{app="web", path="a\"b"}</c>.</summary>
internal sealed class StreamLabels : IDisposable
{
    private static readonly SearchValues<byte> NameEnd = SearchValues.Create("=, \t}{\""u8);

    private readonly PooledBuffer _text = new(512);
    private readonly List<(int Name, int NameLength, int Value, int ValueLength)> _labels = [];

    public int Count => _labels.Count;

    public ReadOnlySpan<byte> Name(int label) => _text.Slice(_labels[label].Name, _labels[label].NameLength);

    public ReadOnlySpan<byte> Value(int label) => _text.Slice(_labels[label].Value, _labels[label].ValueLength);

    /// <summary>The value of the first of these names that is present and not empty; empty for none.</summary>
    public ReadOnlySpan<byte> FirstOf(IReadOnlyList<byte[]> names, out int index)
    {
        for (index = 0; index < names.Count; index++)
        {
            for (var i = 0; i < Count; i++)
            {
                if (!Value(i).IsEmpty && Name(i).SequenceEqual(names[index]))
                    return Value(i);
            }
        }
        index = -1;
        return default;
    }

    /// <summary>Reads the labels.</summary>
    /// <param name="text">Loki's text.</param>
    /// <param name="at">Where in it reading stopped; its length when all was read.</param>
    /// <returns>What should have stood there; null when all was read.</returns>
    public string? Read(ReadOnlySpan<byte> text, out int at)
    {
        _text.Clear();
        _labels.Clear();
        at = 0;
        if (!Take(text, ref at, (byte)'{'))
            return "'{'";
        if (!Take(text, ref at, (byte)'}'))
        {
            do
            {
                if (ReadLabel(text, ref at) is { } expected)
                    return expected;
            }
            while (Take(text, ref at, (byte)','));
            if (!Take(text, ref at, (byte)'}'))
                return "',' or '}'";
        }
        SkipSpace(text, ref at);
        return at < text.Length ? "the end of the labels" : null;
    }

    public void Dispose() => _text.Dispose();

    private string? ReadLabel(ReadOnlySpan<byte> text, ref int at)
    {
        SkipSpace(text, ref at);
        var end = text[at..].IndexOfAny(NameEnd);
        if (end <= 0)
            return "a label's name";
        var name = _text.Length;
        _text.Write(text.Slice(at, end));
        at += end;
        if (!Take(text, ref at, (byte)'='))
            return "'='";
        SkipSpace(text, ref at);
        var value = _text.Length;
        if (!TryReadQuoted(text, ref at))
            return "a quoted value";
        _labels.Add((name, end, value, _text.Length - value));
        return null;
    }

    /// <summary>Reads a Go string literal: "…" with escapes, or `…` without.</summary>
    private bool TryReadQuoted(ReadOnlySpan<byte> text, ref int at)
    {
        if (at >= text.Length || text[at] is not ((byte)'"' or (byte)'`'))
            return false;
        var quote = text[at++];
        while (at < text.Length)
        {
            var plain = quote == '`' ? text[at..].IndexOf(quote) : text[at..].IndexOfAny(quote, (byte)'\\');
            if (plain < 0)
                return false;
            _text.Write(text.Slice(at, plain));
            at += plain;
            if (text[at] == quote)
            {
                at++;
                return true;
            }
            if (!GoEscape.TryRead(text[at..], _text, out var consumed))
                return false;
            at += consumed;
        }
        return false;
    }

    private static bool Take(ReadOnlySpan<byte> text, ref int at, byte wanted)
    {
        SkipSpace(text, ref at);
        if (at >= text.Length || text[at] != wanted)
            return false;
        at++;
        return true;
    }

    private static void SkipSpace(ReadOnlySpan<byte> text, ref int at)
    {
        while (at < text.Length && text[at] is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r')
            at++;
    }
}
