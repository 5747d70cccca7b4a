using VmObs.Cli.Output;

namespace VmObs.Tests.Cli.Output;

public sealed class TableWriterTests
{
    private readonly StringWriter _out = new() { NewLine = "\n" };

    [Fact]
    public async Task Columns_are_as_wide_as_the_first_screenful_needs_and_rows_after_it_are_written_at_once()
    {
        var table = new TableWriter(ATerminal(height: 3), "NAME", "N");
        await table.AddAsync("a", "1");
        Assert.Empty(_out.ToString());
        await table.AddAsync("longer", "2");
        Assert.Equal("NAME    N\na       1\nlonger  2\n", _out.ToString());
        await table.AddAsync("longest of all", "3");
        Assert.EndsWith("longest of all  3\n", _out.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_held_is_shown_by_a_flush_and_an_empty_table_is_nothing()
    {
        var table = new TableWriter(ATerminal(height: 50), "NAME");
        await table.FlushAsync();
        Assert.Empty(_out.ToString());
        await table.AddAsync("a");
        await table.FlushAsync();
        Assert.Equal("NAME\na\n", _out.ToString());
    }

    [Theory]
    [InlineData(false, "", "xterm", "\e[1mLEVEL\e[0m\n\e[31merror\e[0m\n")]
    [InlineData(true, "", "xterm", "LEVEL\nerror\n")]
    [InlineData(false, "1", "xterm", "LEVEL\nerror\n")]
    [InlineData(false, "", "dumb", "LEVEL\nerror\n")]
    public async Task Colours_are_for_a_terminal_that_has_them_and_without_NO_COLOR(bool isPiped, string noColor, string term, string want)
    {
        var table = new TableWriter(new Terminal(_out, TextWriter.Null, name => name == "NO_COLOR" ? noColor : term, isPiped), "LEVEL");
        await table.AddAsync(("error", CellStyles.OfLevel("error")));
        await table.FlushAsync();
        Assert.Equal(want, _out.ToString());
    }

    [Fact]
    public async Task Control_characters_of_data_never_reach_the_terminal()
    {
        var table = new TableWriter(ATerminal(height: 1), "MESSAGE");
        await table.AddAsync("a\e[2J\nb");
        Assert.Equal("MESSAGE\na\ufffd[2J b\n", _out.ToString());
    }

    private Terminal ATerminal(int height) => new(_out, TextWriter.Null, static name => name == "NO_COLOR" ? "1" : null, IsPiped: false) { Screen = () => (80, height) };
}
