using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace VmObs.Cli;

/// <summary>The log of an engine that a command runs.</summary>
internal static class EngineLog
{
    /// <summary>Logs from a level on go to stderr: stdout has the addresses alone.</summary>
    public static Action<ILoggingBuilder> From(LogLevel level) => logging =>
        logging.SetMinimumLevel(level).AddFilter("Microsoft", LogLevel.Warning)
            // Without this the host makes an activity a request, which nothing here records.
            .AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None)
            .AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
                console.ColorBehavior = LoggerColorBehavior.Disabled;
            })
            .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
}
