namespace VmObs.Tests.Architecture;

/// <summary>A file's namespace, imports and types, found by its words and brackets alone.</summary>
internal sealed class SourceOutline
{
    private static readonly HashSet<string> s_typeWords = ["class", "struct", "interface", "enum", "record", "delegate"];

    private static readonly HashSet<string> s_modifiers =
        ["public", "internal", "protected", "private", "static", "readonly", "required", "abstract", "virtual", "override", "sealed", "async", "partial", "new"];

    // Blocks around the current token, innermost last; a method's block carries the line that its header begins on, any other 0.
    private readonly List<(bool IsType, int MethodFromLine)> _blocks = [];
    private readonly List<CSharpToken> _header = [];
    private int _parentheses;

    private SourceOutline(List<CSharpToken> tokens) => Tokens = tokens;

    public List<CSharpToken> Tokens { get; }

    /// <summary>Empty for top-level statements.</summary>
    public string Namespace { get; private set; } = "";

    public bool HasBlockNamespace { get; private set; }

    /// <summary>Namespaces and types named by using directives, with the line.</summary>
    public List<(string Name, int Line)> Imports { get; } = [];

    public List<DeclaredType> Types { get; } = [];

    public static SourceOutline Of(List<CSharpToken> tokens)
    {
        var outline = new SourceOutline(tokens);
        for (var i = 0; i < tokens.Count; i++)
            outline.Read(i);
        return outline;
    }

    /// <summary>The dotted name that begins at a token, and the token after it.</summary>
    public static (string Name, int Next) DottedName(List<CSharpToken> tokens, int at)
    {
        var name = tokens[at].Text;
        while (at + 2 < tokens.Count && tokens[at + 1].Text == "." && tokens[at + 2].IsWord)
        {
            name += "." + tokens[at + 2].Text;
            at += 2;
        }
        return (name, at + 1);
    }

    private bool InTypeOrFile => _blocks.Count == 0 || _blocks[^1].IsType;

    private void Read(int i)
    {
        var token = Tokens[i];
        if (token.IsDirective)
            return;
        _parentheses += token.Text switch { "(" or "[" => 1, ")" or "]" => -1, _ => 0 };
        switch (token.Text)
        {
            case "{":
                OpenBlock(token.Line);
                return;
            case "}":
                CloseBlock(token.Line);
                return;
            case ";" when _parentheses == 0 && InTypeOrFile:
                CountMethod();
                _header.Clear();
                return;
            case "namespace" when _blocks.Count == 0:
                (Namespace, var after) = DottedName(Tokens, i + 1);
                HasBlockNamespace = Tokens[after].Text == "{";
                break;
            case "using" when _blocks.Count == 0:
                ReadImport(i);
                break;
        }
        if (_blocks.Count == 0 && _parentheses == 0)
            ReadType(i);
        if (InTypeOrFile)
            _header.Add(token);
    }

    private void ReadImport(int i)
    {
        var at = Tokens[i + 1].Text == "static" ? i + 2 : i + 1;
        if (at + 1 < Tokens.Count && Tokens[at + 1].Text == "=")
            at += 2;
        if (at >= Tokens.Count || !Tokens[at].IsWord)
            return;
        var (name, next) = DottedName(Tokens, at);
        if (next < Tokens.Count && Tokens[next].Text == ";")
            Imports.Add((name, Tokens[i].Line));
    }

    private void ReadType(int i)
    {
        var keyword = Tokens[i].Text;
        // "where T : class" declares nothing; "record struct" is one declaration.
        if (!s_typeWords.Contains(keyword) || (i > 0 && Tokens[i - 1].Text is ":" or "," or "record"))
            return;
        var at = i + 1;
        if (keyword == "record" && Tokens[at].Text is "class" or "struct")
            at++;
        if (keyword == "delegate")
            while (at + 1 < Tokens.Count && Tokens[at + 1].Text is not "(")
                at++;
        if (at < Tokens.Count && Tokens[at].IsWord)
            Types.Add(new DeclaredType(Tokens[at].Text, keyword, Tokens[at].Line));
    }

    private void OpenBlock(int line)
    {
        var isMember = InTypeOrFile;
        var isType = isMember && _parentheses == 0 && IsTypeHeader();
        var isMethod = isMember && !isType && CountMethod();
        _blocks.Add((isType, isMethod ? _header.Count > 0 ? _header[0].Line : line : 0));
        _header.Clear();
    }

    private void CloseBlock(int line)
    {
        if (_blocks.Count == 0)
            return;
        var from = _blocks[^1].MethodFromLine;
        _blocks.RemoveAt(_blocks.Count - 1);
        if (_blocks.Count == 0 && Types.Count > 0)
            Types[^1].Lines = line - Types[^1].Line + 1;
        if (from > 0 && Types.Count > 0 && line - from + 1 > Types[^1].LongestMethod.Lines)
            Types[^1].LongestMethod = (line - from + 1, from);
        if (InTypeOrFile)
            _header.Clear();
    }

    private bool IsTypeHeader()
    {
        for (var i = 0; i < _header.Count; i++)
            if ((s_typeWords.Contains(_header[i].Text) || _header[i].Text == "namespace") && (i == 0 || _header[i - 1].Text is not (":" or ",")))
                return true;
        return false;
    }

    // A method's header has a parameter list behind its name, and no "=" of an initializer or arrow before it.
    private bool CountMethod()
    {
        if (_blocks.Count == 0 || !_blocks[^1].IsType || IsTypeHeader())
            return false;
        for (var i = 0; i < _header.Count; i++)
        {
            if (_header[i].Text == "=" && !IsInAttribute(i))
                return false;
            if (i == 0 || _header[i].Text != "(" || IsInAttribute(i))
                continue;
            var before = _header[i - 1];
            // "private (int A, int B) Pair": a tuple, not parameters.
            if ((!before.IsWord || s_modifiers.Contains(before.Text)) && before.Text != ">")
                continue;
            if (_blocks.Count == 1)
                Types[^1].Methods++;
            return true;
        }
        return false;
    }

    private bool IsInAttribute(int at)
    {
        var depth = 0;
        for (var i = 0; i < at; i++)
            depth += _header[i].Text switch { "[" => 1, "]" => -1, _ => 0 };
        return depth > 0;
    }
}
