using CsCheck;

namespace VmObs.Tests.Storage.Parquet;

/// <summary>Random rows.</summary>
internal static class TestRuns
{
    /// <summary>Doubles that are easily lost.</summary>
    public static double[] Doubles { get; } = [0, -0.0, double.NaN, BitConverter.Int64BitsToDouble(0x7FF0000000000002), double.PositiveInfinity, double.NegativeInfinity, double.Epsilon, double.MaxValue];

    /// <summary>Runs of every kind of text and number.</summary>
    public static Gen<TestRun> Any { get; } = Gen.Select(
        Gen.OneOf(Gen.Const(""), Gen.Int[0, 20].Select(i => $"größe-{i}"), Gen.String.AlphaNumeric, Gen.Int[0, 3000].Select(n => new string('x', n))),
        Gen.OneOf(Gen.Long, Gen.Long[-3, 3], Gen.Const(long.MinValue), Gen.Const(long.MaxValue)),
        Gen.OneOf(Gen.Long.Select(BitConverter.Int64BitsToDouble), Gen.Int[0, Doubles.Length - 1].Select(i => Doubles[i]), Gen.Int[0, 9999].Select(i => i / 100.0), Gen.Int.Select(i => (double)i)),
        Gen.OneOf(Gen.Const(1), Gen.Int[1, 20], Gen.Int[1, 300]),
        (text, number, value, rows) => new TestRun(text, number, value, rows));
}
