namespace VmObs.Tests.Architecture;

public sealed class CSharpScannerTests
{
    [Theory]
    [InlineData("a // b\nc /* d\n*/ e", "a c e")]
    [InlineData("a \"b \\\" c\" d", "a d")]
    [InlineData("a @\"b \"\" \\\" c", "a c")]
    [InlineData("a \"\" b \"\"u8", "a b u8")]
    [InlineData("a $\"b {c} {{d}} {e + \"f\"}\" g", "a c e + g")]
    [InlineData("a $@\"b {c} \"\" d\" e", "a c e")]
    [InlineData("a \"\"\"b \"c\" {d}\"\"\" e", "a e")]
    [InlineData("a $$\"\"\"b {c} {{d}}\"\"\" e", "a d e")]
    [InlineData("a 'b' '\\'' '\"' c", "a c")]
    [InlineData("0x1F 1_000.5e3 a1 1..b", "a1 . . b")]
    [InlineData("#if A\nb\n#endif", "#if b #endif")]
    [InlineData("@class $\"{a switch { 1 => b, _ => c }}\"", "class a switch { = > b , _ = > c }")]
    public void Comments_strings_and_numbers_are_left_out(string text, string words) =>
        Assert.Equal(words, string.Join(' ', CSharpScanner.Scan(text).Select(token => token.Text)));

    [Fact]
    public void Lines_are_counted_through_comments_and_strings() =>
        Assert.Equal(6, CSharpScanner.Scan("/*\n\n*/ \"\"\"\n\n\"\"\"\na").Single().Line);
}
