namespace VmObs.Signals.Wire.RemoteWrite;

/// <summary>A count of a native histogram: an exact integer, or a float where the sender counts in fractions.</summary>
internal readonly record struct NativeCount
{
    private readonly bool _isFloat;
    private readonly long _integer;
    private readonly double _float;

    public NativeCount(ulong integer) => _integer = integer <= long.MaxValue ? (long)integer : -1;

    public NativeCount(double value) => (_isFloat, _float) = (true, value);

    private NativeCount(long integer) => _integer = integer;

    /// <summary>Whether it is not negative, not NaN and did not overflow.</summary>
    public bool IsValid => _isFloat ? _float >= 0 : _integer >= 0;

    public double Value => _isFloat ? _float : _integer;

    /// <summary>With a change added; −1 when it overflows.</summary>
    public NativeCount Plus(long delta)
    {
        var sum = unchecked(_integer + delta);
        return new NativeCount(delta > 0 && sum < _integer ? -1L : sum);
    }

    /// <summary>With another count of the same kind added.</summary>
    public NativeCount Plus(NativeCount other) => other._isFloat || _isFloat ? new NativeCount(Value + other.Value) : IsValid ? Plus(other._integer) : this;

    /// <summary>Whether the buckets' counts add up to this one; those of floats but for what rounding does.</summary>
    public bool IsTotal(NativeCount total) =>
        !_isFloat && !total._isFloat ? _integer == total._integer : Math.Abs(Value - total.Value) <= 1e-9 * Math.Max(Math.Abs(Value), Math.Abs(total.Value));

    public void Write(PooledBuffer json)
    {
        if (_isFloat)
            JsonText.WriteDouble(json, _float);
        else
            HistogramJson.WriteCount(json, (ulong)_integer);
    }
}
