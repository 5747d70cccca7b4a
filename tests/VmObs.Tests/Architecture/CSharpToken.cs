namespace VmObs.Tests.Architecture;

/// <summary>A word or sign of C# source.</summary>
/// <param name="Text">As written, an identifier without '@', a directive with its '#'.</param>
/// <param name="Line">Counted from 1.</param>
internal readonly record struct CSharpToken(string Text, int Line)
{
    public bool IsWord => char.IsLetter(Text[0]) || Text[0] == '_';

    public bool IsDirective => Text[0] == '#' && Text.Length > 1;
}
