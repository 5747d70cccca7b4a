namespace VmObs.Tests.Architecture;

/// <summary>Cuts C# source into words and signs, without comments, numbers and the text of strings; what stands in a string's holes is kept.</summary>
internal sealed class CSharpScanner
{
    private readonly string _text;
    private readonly List<CSharpToken> _tokens = [];
    private int _at;
    private int _line = 1;

    private CSharpScanner(string text) => _text = text;

    public static List<CSharpToken> Scan(string text)
    {
        var scanner = new CSharpScanner(text);
        scanner.Code(inHole: false);
        return scanner._tokens;
    }

    private char Current => Peek(0);

    private char Peek(int distance) => _at + distance < _text.Length ? _text[_at + distance] : '\0';

    private void Code(bool inHole)
    {
        var depth = 0;
        while (_at < _text.Length)
        {
            var c = Current;
            if (inHole && c == '}' && depth == 0)
                return;
            depth += c switch { '{' => 1, '}' => -1, _ => 0 };
            if (char.IsWhiteSpace(c))
                Step();
            else if (c == '/' && Peek(1) == '/')
                SkipLine();
            else if (c == '/' && Peek(1) == '*')
                SkipPast("*/");
            else if (c == '\'')
                Quoted('\'', escapes: true);
            else if (StringPrefix() is var (dollars, verbatim))
                String(dollars, verbatim);
            else if (char.IsLetter(c) || c is '_' or '@')
                Word();
            else if (char.IsDigit(c))
                Number();
            else if (c == '#' && !inHole)
                Directive();
            else
                Sign();
        }
    }

    private void Step()
    {
        if (Current == '\n')
            _line++;
        _at++;
    }

    private void Step(int count)
    {
        for (var i = 0; i < count; i++)
            Step();
    }

    private void SkipLine()
    {
        while (_at < _text.Length && Current != '\n')
            _at++;
    }

    private void SkipPast(string end)
    {
        var found = _text.IndexOf(end, _at + 1, StringComparison.Ordinal);
        Step((found < 0 ? _text.Length : found + end.Length) - _at);
    }

    private void Sign()
    {
        _tokens.Add(new CSharpToken(Current.ToString(), _line));
        _at++;
    }

    private void Word()
    {
        var from = Current == '@' ? ++_at : _at;
        while (char.IsLetterOrDigit(Current) || Current == '_')
            _at++;
        if (_at > from)
            _tokens.Add(new CSharpToken(_text[from.._at], _line));
    }

    // 0x1F, 1_000, 1.5e3; the dots of 1..2 are not the number's.
    private void Number()
    {
        while (char.IsLetterOrDigit(Current) || Current == '_' || (Current == '.' && char.IsDigit(Peek(1))))
            _at++;
    }

    private void Directive()
    {
        var from = _at++;
        while (char.IsLetter(Current))
            _at++;
        _tokens.Add(new CSharpToken(_text[from.._at], _line));
        SkipLine();
    }

    // Any run of '$' and '@' before a quotation mark; null where no string begins.
    private (int Dollars, bool Verbatim)? StringPrefix()
    {
        var distance = 0;
        while (Peek(distance) is '$' or '@')
            distance++;
        if (Peek(distance) != '"')
            return null;
        var prefix = _text.AsSpan(_at, distance);
        return (prefix.Count('$'), prefix.Contains('@'));
    }

    private void String(int dollars, bool verbatim)
    {
        while (Current is '$' or '@')
            _at++;
        var quotes = 0;
        while (Peek(quotes) == '"')
            quotes++;
        if (quotes >= 3 && !verbatim)
            Raw(quotes, dollars);
        else if (quotes == 2 && !verbatim)
            _at += 2;
        else if (dollars > 0)
            Interpolated(verbatim);
        else
            Quoted('"', escapes: !verbatim);
    }

    private void Quoted(char end, bool escapes)
    {
        Step();
        while (_at < _text.Length)
        {
            if (escapes && Current == '\\')
                Step(2);
            else if (Current == end && !escapes && Peek(1) == end)
                Step(2);
            else if (Current == end)
                break;
            else
                Step();
        }
        Step();
    }

    private void Interpolated(bool verbatim)
    {
        Step();
        while (_at < _text.Length)
        {
            if (!verbatim && Current == '\\')
                Step(2);
            else if (Current == '"' && verbatim && Peek(1) == '"')
                Step(2);
            else if (Current == '"')
                break;
            else if (Current == '{' && Peek(1) == '{')
                Step(2);
            else if (Current == '{')
                Hole(1);
            else
                Step();
        }
        Step();
    }

    private void Raw(int quotes, int dollars)
    {
        Step(quotes);
        var end = new string('"', quotes);
        while (_at < _text.Length && !_text.AsSpan(_at).StartsWith(end, StringComparison.Ordinal))
        {
            var braces = 0;
            while (dollars > 0 && Peek(braces) == '{')
                braces++;
            if (braces >= dollars && braces > 0)
            {
                _at += braces - dollars;
                Hole(dollars);
            }
            else
                Step(Math.Max(braces, 1));
        }
        Step(quotes);
    }

    private void Hole(int braces)
    {
        _at += braces;
        Code(inHole: true);
        _at += braces;
    }
}
