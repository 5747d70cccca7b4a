using VmObs.Query.Correlation;

namespace VmObs.Tests.Query.Correlation;

public sealed class MessageShapeTests
{
    [Theory]
    [InlineData("backlog cleared", "backlog cleared")]
    [InlineData("anchor 4f2a of block 871204 failed", "anchor # of block # failed")]
    [InlineData("took 1.5 s, [host:9090] \"a1\"", "took # s, [#] \"#\"")]
    [InlineData("", "")]
    public void Words_with_digits_are_what_differs(string message, string shape) => Assert.Equal(shape, MessageShape.Of(message));
}
