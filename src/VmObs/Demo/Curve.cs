namespace VmObs.Demo;

/// <summary>A line through points: how a value goes in the minutes of the story. Level before the first point and behind the last.</summary>
internal sealed class Curve(params (double Minute, double Value)[] points)
{
    public double At(double minute)
    {
        var next = Array.FindIndex(points, point => point.Minute > minute);
        if (next <= 0)
            return next < 0 ? points[^1].Value : points[0].Value;
        var (left, right) = (points[next - 1], points[next]);
        return left.Value + ((right.Value - left.Value) * (minute - left.Minute) / (right.Minute - left.Minute));
    }
}
