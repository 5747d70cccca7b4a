using VmObs.Signals.Filters;

namespace VmObs.Tests.Storage.Reading;

internal static class LogFilters
{
    public static Filter Parse(string text)
    {
        Assert.True(Filter.TryParse(text, out var filter, out var error), error?.ToString());
        return filter;
    }
}
