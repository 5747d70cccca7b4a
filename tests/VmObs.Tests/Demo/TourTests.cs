using VmObs.Cli;
using VmObs.Cli.Output;
using VmObs.Demo;

namespace VmObs.Tests.Demo;

public sealed class TourTests
{
    [Fact]
    public void What_is_printed_are_commands_that_the_program_has()
    {
        var root = CommandLine.Create(new Terminal(TextWriter.Null, TextWriter.Null, static _ => null, IsPiped: true));
        var commands = new Tour("./vm-obs", "http://127.0.0.1:9", "./demo-data").Lines(new DateTimeOffset(2026, 1, 15, 10, 30, 7, TimeSpan.Zero))
            .Where(line => line.StartsWith("  ./vm-obs ", StringComparison.Ordinal)).Select(line => line["  ./vm-obs ".Length..]).ToList();
        Assert.NotEmpty(commands);
        Assert.All(commands, command => Assert.Empty(root.Parse(command).Errors));
    }
}
