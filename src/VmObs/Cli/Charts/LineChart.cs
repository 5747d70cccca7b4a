using System.Globalization;
using System.Text;
using VmObs.Cli.Output;

namespace VmObs.Cli.Charts;

/// <summary>Draws series over time for a terminal: lines of Braille dots, values on the left, times below.</summary>
/// <remarks>Bounded by the screen: some 200 columns of 12 rows.</remarks>
internal static class LineChart
{
    /// <summary>More lines than this nobody tells apart.</summary>
    public const int MaxSeries = 6;

    private const int Rows = 12, MaxColumns = 160, MinColumns = 20;
    private const long DayNanos = 24L * 3600 * 1_000_000_000;

    private static readonly CellStyle[] s_styles = [CellStyle.Cyan, CellStyle.Yellow, CellStyle.Green, CellStyle.Red, CellStyle.Bold, CellStyle.Dim];

    /// <summary>How a series is painted.</summary>
    public static CellStyle StyleOf(int series) => s_styles[series % s_styles.Length];

    /// <summary>The chart's lines; none where no point has a finite value.</summary>
    public static IReadOnlyList<string> Draw(Terminal terminal, IReadOnlyList<ChartSeries> series)
    {
        var points = series.SelectMany(line => line.Points).Where(point => double.IsFinite(point.Value));
        if (!points.Any())
            return [];
        var (from, to) = (points.Min(point => point.UnixNanos), points.Max(point => point.UnixNanos));
        var (low, high) = Widen(points.Min(point => point.Value), points.Max(point => point.Value));
        string[] labels = [ValueText.Format(high), ValueText.Format(low + ((high - low) / 2)), ValueText.Format(low)];
        var margin = labels.Max(label => label.Length);
        var columns = Math.Clamp(terminal.Screen().Width - margin - 3, MinColumns, MaxColumns);
        var canvas = new BrailleCanvas(columns, Rows);
        for (var i = series.Count - 1; i >= 0; i--)
            Plot(canvas, series[i], i, (from, to), (low, high));
        var lines = new List<string>();
        for (var row = 0; row < Rows; row++)
        {
            var label = row == 0 ? labels[0] : row == Rows / 2 ? labels[1] : row == Rows - 1 ? labels[2] : "";
            var line = new StringBuilder(label.PadLeft(margin)).Append(label.Length > 0 ? " ┤" : " │");
            foreach (var (text, owner) in canvas.Row(row))
                line.Append(owner < 0 ? text : terminal.Paint(text, StyleOf(owner)));
            lines.Add(line.ToString());
        }
        lines.Add($"{new string(' ', margin)} └{new string('─', columns)}");
        lines.Add(new string(' ', margin + 2) + Times(from, to, columns));
        return lines;
    }

    private static void Plot(BrailleCanvas canvas, ChartSeries series, int owner, (long From, long To) times, (double Low, double High) values)
    {
        (int X, int Y, long Time)? last = null;
        foreach (var (time, value) in series.Points)
        {
            if (!double.IsFinite(value))
            {
                last = null;
                continue;
            }
            var x = times.To == times.From ? 0 : (int)((double)(time - times.From) / (times.To - times.From) * (canvas.Width - 1));
            // Halves first: the whole distance may be more than a double has.
            var y = canvas.Height - 1 - (int)(((value / 2) - (values.Low / 2)) / ((values.High / 2) - (values.Low / 2)) * (canvas.Height - 1));
            if (last is { } before && time - before.Time <= series.MaxStepNanos)
                canvas.Line(before.X, before.Y, x, y, owner);
            else
                canvas.Set(x, y, owner);
            last = (x, y, time);
        }
    }

    // A line that stays lies in the middle.
    private static (double Low, double High) Widen(double low, double high) =>
        low < high ? (low, high) : low == 0 ? (-1, 1) : (low - (Math.Abs(low) / 2), high + (Math.Abs(high) / 2));

    private static string Times(long from, long to, int columns)
    {
        var (first, last) = (Time(from, to - from), Time(to, to - from));
        var middle = Time(from + ((to - from) / 2), to - from);
        var left = (columns - first.Length - middle.Length - last.Length) / 2;
        return left < 1 ? $"{first} – {last}" : $"{first}{new string(' ', left)}{middle}{new string(' ', columns - first.Length - middle.Length - last.Length - left)}{last}";
    }

    private static string Time(long unixNanos, long length)
    {
        var time = DateTimeOffset.UnixEpoch.AddTicks(unixNanos / 100);
        return time.ToString(length > DayNanos ? "MM-dd HH:mm" : length > DayNanos / 24 / 12 ? "HH:mm" : "HH:mm:ss", CultureInfo.InvariantCulture);
    }
}
