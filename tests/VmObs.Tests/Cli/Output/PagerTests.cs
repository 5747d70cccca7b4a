using VmObs.Cli.Output;
using VmObs.Tests.Support;

namespace VmObs.Tests.Cli.Output;

public sealed class PagerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _out = new() { NewLine = "\n" };

    [Theory]
    [InlineData(3, "")]
    [InlineData(4, "1\n2\n3\n4\n")]
    public async Task A_pager_shows_what_is_longer_than_the_screen(int lines, string paged)
    {
        var file = Path.Combine(_folder.Path, "paged");
        await WriteAsync(ATerminal($"cat > {file}"), lines, isOff: false);
        Assert.Equal(paged, File.Exists(file) ? File.ReadAllText(file) : "");
        Assert.Equal(paged.Length > 0 ? "" : "1\n2\n3\n", _out.ToString());
    }

    [Theory]
    [InlineData("cat", false, false)]
    [InlineData("", false, false)]
    [InlineData("false", true, false)]
    [InlineData("false", false, true)]
    public async Task Nothing_is_paged_where_it_is_not_wanted_or_nobody_looks(string pager, bool isOff, bool isPiped)
    {
        await WriteAsync(ATerminal(pager) with { IsPiped = isPiped }, 9, isOff);
        Assert.Equal("1\n2\n3\n4\n5\n6\n7\n8\n9\n", _out.ToString());
    }

    [Fact]
    public async Task A_pager_that_is_closed_early_ends_the_command()
    {
        await Assert.ThrowsAsync<OutputClosedException>(() => WriteAsync(ATerminal("exit 0"), 1_000_000, isOff: false));
    }

    [Fact]
    public async Task A_line_that_the_screen_breaks_counts_as_what_it_takes()
    {
        var file = Path.Combine(_folder.Path, "paged");
        var terminal = Pager.Begin(ATerminal($"cat > {file}"), isOff: false, out var pager);
        await using (pager)
            await terminal.Out.WriteLineAsync(new string('x', 45));
        Assert.Equal(46, File.ReadAllText(file).Length);
    }

    public void Dispose() => _folder.Dispose();

    private static async Task WriteAsync(Terminal terminal, int lines, bool isOff)
    {
        var screen = Pager.Begin(terminal, isOff, out var pager);
        await using (pager)
        {
            for (var line = 1; line <= lines; line++)
                await screen.Out.WriteLineAsync($"{line}");
        }
    }

    private Terminal ATerminal(string pager) => new(_out, TextWriter.Null, name => name == "PAGER" ? pager : null, IsPiped: false) { Screen = () => (10, 4) };
}
